"""TextLocal."""
