"""Dialects: webhooks that several providers have in common, because some of them are built to replace another."""
