"""Readers: the bytes of one payload to the values of its fields. Total: damaged bytes give less, never an exception."""
