"""BulkSMS."""
