"""A stand-in for J.D. Power Values Online, for the demo, the tests and the benchmarks."""
