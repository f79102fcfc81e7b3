"""When a provider tries again, and how it reads a response."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a provider makes of a response."""

    DELIVERED = "delivered"
    AGAIN = "try again"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Retries:
    """The waits before the second, third, ... attempt, and how long it waits for a response, all in seconds.

    `read` takes status and body of a response. No response at all is tried again by every provider.
    """

    waits: tuple[float, ...]
    timeout: float
    read: Callable[[int, bytes], Verdict]


def again_unless(delivered: bool) -> Verdict:
    """Return the verdict of a provider that tries everything again but a success."""
    return Verdict.DELIVERED if delivered else Verdict.AGAIN
