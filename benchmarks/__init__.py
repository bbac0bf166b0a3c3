"""What the recorder costs and how well it keeps time, by commands that anyone can run; see docs/benchmarks.md."""
