"""Providers whose document is a parameter."""
