"""Vonage Messages API."""
