"""Readers: bytes of one payload to a small immutable value. Total: damaged bytes give less, never an exception."""
