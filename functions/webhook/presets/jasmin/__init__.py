"""Jasmin."""
