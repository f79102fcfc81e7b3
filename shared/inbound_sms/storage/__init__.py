"""What is stored before a webhook is acknowledged: the events queue, the quarantine, large payloads."""
