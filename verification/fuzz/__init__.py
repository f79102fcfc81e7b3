"""Fuzzing of everything that reads what strangers send: by atheris (`make fuzz`), and in short by Hypothesis."""
