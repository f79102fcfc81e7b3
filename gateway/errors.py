"""What can go wrong in a way that a person can do something about."""


class GatewayError(Exception):
    """One clear line for the person at the terminal."""


class WrongField(GatewayError):
    """The same, about one field of what a person entered."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field
