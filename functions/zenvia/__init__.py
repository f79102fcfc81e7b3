"""Zenvia."""
