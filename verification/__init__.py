"""What takes long to show: crash points, chaos, fuzzing, updates; in short by `make test` and `make verify-short`."""
