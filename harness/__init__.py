"""What tests and benchmarks share: real crawls, the demo site and servers as processes."""
