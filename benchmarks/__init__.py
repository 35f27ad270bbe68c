"""Benchmarks against the floor of each framework, and against what people use today."""
