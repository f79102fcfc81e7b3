"""How messages that came in are listed by a provider's own API: functions/<folder>/backfill.py defines a BACKFILL.

Only where the API gives a message the id that its webhook gives it: by that id, what is known isn't published again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from gateway.backfill.api import Access, Api


@dataclass(frozen=True)
class Found:
    """A message that the API lists: when it came in, and the body that its webhook would have had.

    `complete` asks for what the list lacks, and returns the whole body: only of a message that is to be published.
    """

    at: datetime | None
    body: bytes
    content_type: str = "application/json"
    complete: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class Backfill:
    """A provider's API.

    `access` names what it asks for, each by a variable of the environment, and says what that is; `url` is the
    variable that may name another address of it, and the usual address. `authorization` makes the header of that name.
    `pages` lists what came in at or after a time and before another one, page by page, in any order; it may list more.
    `window` is how much of the time is asked for at once, `keeps` how long messages are there, if that is known.
    """

    access: Mapping[str, str]
    url: tuple[str, str]
    authorization: Callable[[Access], str]
    pages: Callable[[Api, datetime, datetime], Iterator[list[Found]]]
    per_second: float = 5
    window: timedelta = field(default=timedelta(hours=1))
    keeps: timedelta | None = None


def form(fields: Mapping[str, str]) -> bytes:
    """Return a form as a webhook posts it."""
    return urlencode(fields).encode()
