"""Sinch."""
