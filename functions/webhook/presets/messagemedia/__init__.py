"""MessageMedia."""
