"""D7 Networks."""
