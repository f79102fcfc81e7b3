"""What Sinch keeps of the messages that came in: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Inbounds

An inbound of the list is what its callback is, with the same `id`.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from gateway.backfill import Api, Backfill, Found, bearer

_PAGE_SIZE = 100  # the most


def pages(api: Api, since: datetime, until: datetime) -> Iterator[list[Found]]:
    """Yield the pages, the newest message first. Their number may be wrong, so the last one is the first empty one."""
    path = f"/xms/v1/{quote(api.access['SINCH_SERVICE_PLAN_ID'], safe='')}/inbounds"
    query: dict[str, str | int] = {"page_size": _PAGE_SIZE, "start_date": _time(since), "end_date": _time(until)}
    page = 0
    while inbounds := api.get(path, {**query, "page": page}).get("inbounds"):
        yield [_found(inbound) for inbound in inbounds]
        page += 1


def _found(inbound: dict[str, Any]) -> Found:
    at = None
    with suppress(KeyError, TypeError, ValueError):
        at = datetime.fromisoformat(inbound["received_at"])
    return Found(at, json.dumps(inbound, ensure_ascii=False).encode())


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


BACKFILL = Backfill(
    access={"SINCH_SERVICE_PLAN_ID": "the service plan's id", "SINCH_API_TOKEN": "its API token"},
    url=("SINCH_SMS_URL", "https://us.sms.api.sinch.com"),
    authorization=lambda access: bearer(access["SINCH_API_TOKEN"]),
    pages=pages,
    keeps=timedelta(days=14),
)
