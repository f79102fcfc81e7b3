"""The chaos run: every provider's retries against the running local stack, while AWS and the workers fail."""
