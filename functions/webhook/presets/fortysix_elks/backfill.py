"""What 46elks keeps of the SMS that came in: https://46elks.com/docs/sms-history

An SMS has the `id` of its webhook, and the fields of its form.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.backfill import Api, Backfill, Found, basic, form

_PAGE_SIZE = 100  # the most
_FIELDS = ("direction", "id", "from", "to", "created", "message")


def pages(api: Api, since: datetime, until: datetime) -> Iterator[list[Found]]:
    """Yield the pages, from the newest SMS backwards: `start` is the later end. What was sent is among them."""
    start: str | None = _time(until)
    end = _time(since - timedelta(seconds=1))  # it lists what is after that
    while start:
        page = api.get("/a1/sms", {"start": start, "end": end, "limit": _PAGE_SIZE})
        yield [_found(sms) for sms in page["data"] if sms.get("direction") == "incoming"]
        start = page.get("next")


def _found(sms: dict[str, Any]) -> Found:
    at = None
    with suppress(KeyError, TypeError, ValueError):
        at = datetime.fromisoformat(sms["created"]).replace(tzinfo=UTC)
    fields = {name: str(sms[name]) for name in _FIELDS if sms.get(name) is not None}
    return Found(at, form(fields), "application/x-www-form-urlencoded")


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


BACKFILL = Backfill(
    access={"ELKS_API_USERNAME": "the API user name", "ELKS_API_PASSWORD": "the API password"},
    url=("ELKS_API_URL", "https://api.46elks.com"),
    authorization=lambda access: basic(access["ELKS_API_USERNAME"], access["ELKS_API_PASSWORD"]),
    pages=pages,
)
