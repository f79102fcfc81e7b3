"""Telesign."""
