"""Bandwidth."""
