"""The second row whose document is a parameter."""
