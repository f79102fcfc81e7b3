"""How many round trips a piece of work waits for, one after the other."""

from collections.abc import Iterable
from typing import NamedTuple


class Call(NamedTuple):
    """One call to AWS: what it was, when it came in and went out (seconds), what is billed beside the call."""

    operation: str
    start: float
    end: float
    units: int = 0


def sequential(calls: Iterable[Call]) -> int:
    """Return the length of the longest chain of calls of which each began after the one before it had ended.

    Calls that overlap cost the time of one.
    """
    length, free = 0, float("-inf")
    for call in sorted(calls, key=lambda call: call.end):  # the chain whose last call ends first leaves most room
        if call.start >= free:
            length, free = length + 1, call.end
    return length
