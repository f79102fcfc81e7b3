"""Gupshup."""
