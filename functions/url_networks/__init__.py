"""URL Networks."""
