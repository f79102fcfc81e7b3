"""Times as providers write them. An invalid one becomes None; it never causes a message to be rejected."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator

_ISO = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ]")  # Python accepts any character between date and time
_COMPACT = re.compile("[0-9]{14}")
_MILLISECONDS_FROM = 10**11  # in seconds, this would be the year 5138
_MAX_LENGTH = 64
_CLOCK_TOLERANCE = timedelta(minutes=5)


def parse_iso(value: object, zone: tzinfo = UTC, received_at: datetime | None = None) -> datetime | None:
    """Parse ISO 8601, with any number of fraction digits, in local time of `zone` unless it names an offset.

    Return the time in UTC, or None if it can't be read. `received_at` decides where a local time is ambiguous.
    """
    if not isinstance(value, str):
        return None
    text = value.strip().upper()  # RFC 3339 allows "t" and "z"
    if not _ISO.match(text):
        return None
    try:
        return _in_utc(datetime.fromisoformat(text), zone, received_at)
    except (ValueError, OverflowError):
        return None


def parse_epoch(value: object) -> datetime | None:
    """Parse seconds or milliseconds (13 digits) since 1970, as a string or a number.

    Return the time in UTC, or None if it can't be read or isn't positive.
    """
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
    """Parse `YYYYMMDDHHMMSS` in local time of `zone`. Return the time in UTC, or None if it can't be read."""
    if not isinstance(value, str) or not _COMPACT.fullmatch(value):
        return None
    try:
        parts = (int(value[start:end]) for start, end in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)))
        return _in_utc(datetime(*parts), zone, received_at)  # type: ignore[arg-type]  # noqa: DTZ001 - six parts, and `zone`
    except (ValueError, OverflowError):
        return None


def parse_pattern(value: object, pattern: str, zone: tzinfo, received_at: datetime) -> datetime | None:
    """Parse a time by a pattern of `datetime.strptime`, in local time of `zone` unless it names an offset.

    Return the time in UTC, or None if it can't be read.
    """
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        return None
    try:
        return _in_utc(datetime.strptime(value.strip(), pattern), zone, received_at)  # noqa: DTZ007 - that is next
    except (ValueError, OverflowError):
        return None


def _in_utc(time: datetime, zone: tzinfo, received_at: datetime | None) -> datetime:
    """Return a time in UTC; without an offset of its own, it is in local time of `zone`.

    A time within the hour that is repeated in autumn is ambiguous: it is the later of the two, unless that is later
    than `received_at` (and five minutes more, because clocks differ). Raises OverflowError.
    """
    if time.tzinfo:
        return time.astimezone(UTC)
    first, second = (time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if received_at and first < second <= received_at + _CLOCK_TOLERANCE else first


# Types for fields of a payload that hold a time. They accept any value.
IsoTime = Annotated[datetime | None, BeforeValidator(parse_iso)]
EpochTime = Annotated[datetime | None, BeforeValidator(parse_epoch)]
