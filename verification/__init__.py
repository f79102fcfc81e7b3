"""What takes long to show: every crash, chaos, fuzzing, updates. `make test` runs the short forms, `make verify` the long."""
