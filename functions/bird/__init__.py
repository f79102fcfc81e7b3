"""Bird."""
