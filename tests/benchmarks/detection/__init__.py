"""Scoring the detectors: what is recorded, what is run, what is counted. `tests.benchmarks.detectors` prints it."""
