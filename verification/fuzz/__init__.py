"""Fuzzing of everything that reads what strangers send: `make fuzz`. Coverage-guided where atheris is installed."""
