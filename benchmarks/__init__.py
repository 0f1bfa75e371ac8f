"""One file per claim of speed, each beside its peer; `python -m benchmarks` runs them all."""
