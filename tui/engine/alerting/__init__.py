"""What follows from an alert beside the screen: lines, commands, evidence."""
