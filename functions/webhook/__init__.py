"""A provider by configuration, and presets of it."""
