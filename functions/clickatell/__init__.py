"""Clickatell."""
