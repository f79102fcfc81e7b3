"""A provider's webhook: authenticate, ingest, respond."""
