"""Azure Communication Services."""
