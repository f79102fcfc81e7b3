"""What can go wrong in a way that a person can do something about."""


class GatewayError(Exception):
    """One clear line for the person at the terminal. `status` is the exit status of a command that ends by it."""

    status = 1


class WrongUsage(GatewayError):
    """The same, where what was typed or entered can't be meant."""

    status = 2


class NeedsRepository(GatewayError):
    """The same, where the command line was installed from the wheel."""

    def __init__(self) -> None:
        super().__init__("This needs a copy of the repository and its bin/gateway; the wheel is for deployed stacks")


class WrongField(WrongUsage):
    """The same, about one field of what a person entered."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field
