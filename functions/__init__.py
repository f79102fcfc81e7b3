"""The functions; each folder with a sender.py is a provider."""
