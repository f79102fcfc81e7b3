"""MessageBird."""
