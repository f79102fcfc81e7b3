"""Kaleyra."""
