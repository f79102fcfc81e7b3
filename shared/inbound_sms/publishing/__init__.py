"""From the events queue to the topics: deduplication, message attributes, publishing."""
