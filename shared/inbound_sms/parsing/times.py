"""Times as providers write them. A bad time never rejects a message: it becomes None."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator

_ISO = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ]")  # Python takes any character between date and time, digits too
_COMPACT = re.compile("[0-9]{14}")
_MILLISECONDS_FROM = 10**11  # as seconds this is the year 5138
_CLOCK_TOLERANCE = timedelta(minutes=5)


def parse_iso(value: object) -> datetime | None:
    """Takes ISO 8601 with any number of fraction digits, without a zone meaning UTC; gives UTC or None."""
    if not isinstance(value, str):
        return None
    text = value.strip().upper()  # RFC 3339 allows "t" and "z"
    if not _ISO.match(text):
        return None
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_epoch(value: object) -> datetime | None:
    """Takes seconds since 1970, or milliseconds (13 digits), as text or number; gives UTC or None."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
        if seconds <= 0:
            return None
        return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def parse_local(value: object, zone: tzinfo, received_at: datetime) -> datetime | None:
    """Takes `YYYYMMDDHHMMSS` on the clock of `zone`; gives UTC or None.

    The hour that autumn repeats could be either of two: it is the later one, unless that is still to come at
    `received_at`.
    """
    if not isinstance(value, str) or not _COMPACT.fullmatch(value):
        return None
    try:
        parts = (int(value[start:end]) for start, end in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)))
        local = datetime(*parts, tzinfo=zone)  # type: ignore[misc, arg-type]  # six parts, the last is not a zone
        first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        return None
    return second if first < second <= received_at + _CLOCK_TOLERANCE else first


# Fields of a provider's payload that hold a time: anything is accepted.
IsoTime = Annotated[datetime | None, BeforeValidator(parse_iso)]
EpochTime = Annotated[datetime | None, BeforeValidator(parse_epoch)]
