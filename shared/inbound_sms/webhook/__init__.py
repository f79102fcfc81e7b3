"""A provider's webhook: authentication, ingestion, the response."""
