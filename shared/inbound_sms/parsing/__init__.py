"""From the bytes of a webhook request to events."""
