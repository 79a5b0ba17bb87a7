"""Benchmarks: quality, training and serving, each beside a peer in one run. `python -m benchmarks.NAME [--json F]`."""
