"""Giving rights up, and the helpers that were made before."""
