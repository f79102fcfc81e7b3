"""CM.com."""
