"""Acme's API: it lists texts, the newest first, by pages of two; `next` is the number of the next page."""

import json
from collections.abc import Iterator
from datetime import datetime

from gateway.backfill import Api, Backfill, Found, bearer

BACKFILL_URL = "ACME_URL"


def pages(api: Api, since: datetime, until: datetime) -> Iterator[list[Found]]:
    page: int | None = 0
    while page is not None:
        listed = api.get("/texts", {"since": since.isoformat(), "until": until.isoformat(), "page": page})
        yield [Found(datetime.fromisoformat(text["at"]), json.dumps(text).encode()) for text in listed["texts"]]
        page = listed["next"]


BACKFILL = Backfill(
    access={"ACME_ACCOUNT": "the account", "ACME_TOKEN": "its token"},
    url=(BACKFILL_URL, "https://api.acme.example"),
    authorization=lambda access: bearer(access["ACME_TOKEN"]),
    pages=pages,
    per_second=1_000,
)
