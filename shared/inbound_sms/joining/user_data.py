"""The user data of binary messages: text as networks transmit it."""

from collections.abc import Mapping, Sequence
from typing import Any


def decoded(_parts: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the text of binary parts in order; None if it isn't known how to decode it."""
    return None
