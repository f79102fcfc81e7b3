"""Storage that a request must reach before it is acknowledged: the events queue, the quarantine, large payloads."""
