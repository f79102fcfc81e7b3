"""Messages with one field spoiled: missing, of another type, or holding what it should not."""

import json
from collections.abc import Iterator
from copy import deepcopy
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
    if body.lstrip()[:1] == b"{":
        document = json.loads(body)
        for where in list(_places(document)):
            yield compact(_with(document, where))
            if str(_at(document, where)) not in event_id:
                yield from (compact(_with(document, where, value)) for value in wrong)
        return
    fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
    for index, (name, sent) in enumerate(fields):
        rest = fields[:index] + fields[index + 1 :]
        yield urlencode(rest).encode()
        if sent not in event_id:
            yield from (urlencode([*rest, (name, str(value)), (str(value), name)]).encode() for value in wrong)


def _places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*before, key)
        yield from _places(value[key], (*before, key))


def _at(document: Any, where: tuple[Any, ...]) -> Any:
    for key in where:
        document = document[key]
    return document


def _with(document: Any, where: tuple[Any, ...], *value: Any) -> Any:
    """Return a copy with another value in a place, or with none there at all."""
    copy = deepcopy(document)
    inner = _at(copy, where[:-1])
    if value:
        inner[where[-1]] = value[0]
    else:
        del inner[where[-1]]
    return copy
