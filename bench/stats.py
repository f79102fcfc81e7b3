"""What is said of many measurements of one thing."""

from collections.abc import Sequence
from statistics import median, quantiles
from typing import NamedTuple


class Spread(NamedTuple):
    """The least, the middle, what nine of ten stay under, and the most."""

    least: float
    median: float
    p90: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0], values[0])
        return cls(min(values), median(values), quantiles(values, n=10, method="inclusive")[8], max(values))
