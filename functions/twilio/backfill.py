"""What Twilio keeps of the messages that came in: https://www.twilio.com/docs/messaging/api/message-resource

A message's `sid` is the `MessageSid` of its webhook. The form of the webhook names no time, so a message is written as
Event Streams sends it, with its time: https://www.twilio.com/docs/events/event-types/messaging/inbound-message
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from gateway.backfill import Api, Backfill, Found, basic

_PAGE_SIZE = 1_000  # the most


def pages(api: Api, since: datetime, until: datetime) -> Iterator[list[Found]]:
    """Yield the pages: what was sent is among them, and left out. Twilio filters by whole days."""
    path: str | None = f"/2010-04-01/Accounts/{quote(api.access['TWILIO_ACCOUNT_SID'], safe='')}/Messages.json"
    query: dict[str, str | int] | None = {
        "DateSent>": f"{since:%Y-%m-%d}",
        "DateSent<": f"{until + timedelta(days=1):%Y-%m-%d}",
        "PageSize": _PAGE_SIZE,
    }
    while path:
        page = api.get(path, query)
        yield [_found(api, message) for message in page["messages"] if message.get("direction") == "inbound"]
        path, query = page.get("next_page_uri"), None  # which has the query in it


def _found(api: Api, message: dict[str, Any]) -> Found:
    at = None
    with suppress(TypeError, ValueError):  # RFC 2822
        at = parsedate_to_datetime(message.get("date_sent") or message["date_created"])
    has_media = message.get("num_media") not in {None, "", "0", 0}
    complete = (lambda: _body(message, at, _media(api, message))) if has_media else None
    return Found(at, _body(message, at, {}), complete=complete)


def _body(message: dict[str, Any], at: datetime | None, media: dict[str, str]) -> bytes:
    data = {
        "messageSid": message["sid"],
        "accountSid": message.get("account_sid"),
        "from": message.get("from"),
        "to": message.get("to"),
        "body": message.get("body") or "",
        "numSegments": message.get("num_segments"),
        "numMedia": message.get("num_media"),
        "timestamp": at.isoformat() if at else None,
        **media,
    }
    event = {
        "specversion": "1.0",
        "type": "com.twilio.messaging.inbound-message.received",
        "source": message.get("uri"),  # of the API, and no sink of Event Streams
        "id": message["sid"],
        "data": data,
    }
    return json.dumps([event], ensure_ascii=False).encode()


def _media(api: Api, message: dict[str, Any]) -> dict[str, str]:
    """Return the files of an MMS, which are listed apart, message by message."""
    listed = api.get(message["uri"].removesuffix(".json") + "/Media.json")["media_list"]
    files = {}
    for number, file in enumerate(listed):
        files[f"mediaUrl{number}"] = "https://api.twilio.com" + file["uri"].removesuffix(".json")
        files[f"mediaContentType{number}"] = file["content_type"]
    return files


BACKFILL = Backfill(
    access={"TWILIO_ACCOUNT_SID": "the account's SID", "TWILIO_AUTH_TOKEN": "its auth token"},
    url=("TWILIO_API_URL", "https://api.twilio.com"),
    authorization=lambda access: basic(access["TWILIO_ACCOUNT_SID"], access["TWILIO_AUTH_TOKEN"]),
    pages=pages,
    window=timedelta(days=1),
)
