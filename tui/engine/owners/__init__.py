"""Which process has which socket."""
