"""What can go wrong in a way that a person can do something about."""


class GatewayError(Exception):
    """One clear line for the person at the terminal."""
