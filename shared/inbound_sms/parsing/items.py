"""The result of parsing a request: events, content that needn't be stored, and items of a batch that can't be read."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from inbound_sms.errors import InvalidPayload, cause_of
from inbound_sms.events import Event
from inbound_sms.parsing.request import Request

MAX_ITEMS = (
    1_000  # SQS takes ten in a call: with more, a function would run out of time, and the provider retry for ever
)


class Ignored(NamedTuple):
    """Authentic content that needn't be stored: a check of the URL by the portal, or a copy of a message that we sent.

    `reason` is logged.
    """

    reason: str


class Item(NamedTuple):
    """One item of a batch: its position and what it contains, or why it can't be read."""

    position: int
    outcome: Event | Ignored | InvalidPayload


Parsed = Event | Ignored | Item


def ignored(reason: str) -> list[Parsed]:
    """Return what `parse` returns if nothing needs to be stored.

    `reason` is logged, so it may not quote the payload.
    """
    return [Ignored(reason)]


ReadItem = Callable[[Request, Any], Event | Ignored | list[Event]]


def each_item(request: Request, items: object, read_item: ReadItem) -> list[Parsed]:
    """Read each item of a batch independently: one that can't be read doesn't keep the others from being queued.

    `read_item` takes the request (with `item` set to the index) and the item, a JSON object; an item may make several
    events. It raises InvalidPayload; any other exception counts as one for this item alone, too. A replay reads only
    the items that were quarantined.
    """
    if not isinstance(items, list):
        raise InvalidPayload("not a JSON array")
    if len(items) > MAX_ITEMS:
        raise InvalidPayload(f"a batch of more than {MAX_ITEMS} items")
    return [
        Item(index, outcome)
        for index, item in enumerate(items)
        if not request.only or index in request.only
        for outcome in _outcomes(request._replace(item=index), item, read_item)
    ]


def _outcomes(request: Request, item: Any, read_item: ReadItem) -> Sequence[Event | Ignored | InvalidPayload]:
    if not isinstance(item, dict):
        return [InvalidPayload("not a JSON object")]
    try:
        made = read_item(request, item)
    except InvalidPayload as error:
        return [error]
    except Exception as error:  # noqa: BLE001 - a bug in the parser: quarantine the bytes, replay them after the fix
        return [InvalidPayload(f"the parser failed: {cause_of(error)}")]
    return made if isinstance(made, list) else [made]
