"""Measurements and simulations; never part of what is deployed, or of the tests."""
