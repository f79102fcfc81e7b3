"""What takes long to show: crash points, chaos, fuzzing, updates. `make test` runs their short forms."""
