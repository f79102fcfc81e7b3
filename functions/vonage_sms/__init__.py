"""Vonage SMS API."""
