"""Time limits that several waits share."""

import time


class Deadline:
    """A moment that a sequence of waits has in common."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds until then; raise TimeoutError when there are none."""
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining

    def within(self, seconds: float) -> "Deadline":
        """Return the moment so many seconds from now, or this one where it is earlier."""
        return Deadline(min(seconds, max(0.0, self._end - time.monotonic())))
