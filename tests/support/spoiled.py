"""Messages with one field spoiled: missing, of another type, or holding what it should not."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.support.canary_values import CanaryValues
from tests.support.parsing import parse
from tests.support.providers import compact


def spoiled(provider: str, body: bytes, content_type: str, canaries: CanaryValues) -> Iterator[bytes]:
    """Take a message in JSON or as a form; return it with each of its fields spoiled in each way, one at a time.

    The provider's id only goes missing: whatever is in it is part of the event's id.
    """
    event_id = parse(provider, body, content_type)["id"]
    wrong: list[Any] = [canaries.text("wrong text"), int(canaries.number("wrong number")), [canaries.text("in a list")]]
    wrong += [{canaries.text("key"): canaries.text("value")}]

    def others(value: Any) -> list[Any]:
        return [] if str(value) in event_id else wrong

    if body.lstrip()[:1] in {b"{", b"["}:
        yield from map(compact, _spoiled(json.loads(body), others))
        return
    fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
    for index, (name, sent) in enumerate(fields):
        rest = fields[:index] + fields[index + 1 :]
        yield urlencode(rest).encode()
        yield from (urlencode([*rest, (name, str(value)), (str(value), name)]).encode() for value in others(sent)[:2])


def _spoiled(value: Any, others: Callable[[Any], list[Any]]) -> Iterator[Any]:
    """Return copies of a JSON value, each with one thing inside it left out or replaced."""
    if not isinstance(value, dict | list):
        return
    items = value if isinstance(value, dict) else dict(enumerate(value))
    for key, each in items.items():
        changed = [{name: kept for name, kept in items.items() if name != key}]
        changed += [{**items, key: other} for other in (*others(each), *_spoiled(each, others))]
        yield from changed if items is value else (list(each.values()) for each in changed)
