"""What reading a request gives: events, things that need not be stored, and items of a batch that can't be read."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from inbound_sms.errors import InvalidPayload, cause_of
from inbound_sms.events import Event
from inbound_sms.parsing.request import Request


class Ignored(NamedTuple):
    """Something authentic of which nothing needs to be stored: a portal's check of the URL, a copy of what we sent."""

    reason: str


class Item(NamedTuple):
    """One item of a batch: its position, and what it says, or why it can't be read."""

    position: int
    outcome: Event | Ignored | InvalidPayload


Parsed = Event | Ignored | Item


def ignored(reason: str) -> list[Parsed]:
    """Return the result of `parse` where there is nothing to store. `reason` is logged: quote no payload."""
    return [Ignored(reason)]


def each_item(
    request: Request, items: Sequence[Any], read_item: Callable[[Request, Any], Event | Ignored]
) -> list[Parsed]:
    """Read each item of a batch for itself: one that can't be read doesn't keep the others from being queued.

    `read_item` takes the request, as that of this one item, and the item; it raises InvalidPayload. A fault of it is
    the item's alone, too.
    """
    return [
        Item(index, _outcome(request._replace(item=index), item, read_item))
        for index, item in enumerate(items)
        if not request.only or index in request.only
    ]


def _outcome(
    request: Request, item: Any, read_item: Callable[[Request, Any], Event | Ignored]
) -> Event | Ignored | InvalidPayload:
    try:
        return read_item(request, item)
    except InvalidPayload as error:
        return error
    except Exception as error:  # noqa: BLE001 - a fault of the parser: keep the bytes, replay them after the fix
        return InvalidPayload(f"the parser failed: {cause_of(error)}")
