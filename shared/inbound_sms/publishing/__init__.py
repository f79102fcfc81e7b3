"""From the queue to the topics: deduplication, message attributes, publication."""
