"""Benchmarks: the functions that `sam build` made, beside the same job as the common samples do it."""
