"""Android SMS Gateway."""
