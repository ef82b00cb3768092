"""Capture files from their beginning to their end, with no session."""
