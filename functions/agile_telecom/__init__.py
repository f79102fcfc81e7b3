"""Agile Telecom."""
