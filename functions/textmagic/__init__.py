"""Textmagic."""
