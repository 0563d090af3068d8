"""Long checks and measurements, each a command: `python -m benchmarks --help`."""
