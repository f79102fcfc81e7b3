"""Upgrades: what a version leaves behind for the next one, and a stack that is updated while it works."""
