"""The message attributes of a notification, which subscribers filter by."""

import json
from collections.abc import Mapping

from inbound_sms.events.numbers import Number, country_code_of, parse_number
from inbound_sms.parsing.text import first_word, printable
from inbound_sms.publishing.queued import QueuedEvent

_LENGTH = 256
_DELIVERY_REPORT = "inbound-sms.delivery.reported."

Routes = Mapping[str, str]


def message_attributes(event: QueuedEvent, routes: Routes | None = None) -> dict[str, str]:
    """Return the message attributes for filter policies: at most ten, none of them empty.

    With raw message delivery to SQS, SNS discards a message that has more than ten. `routes` maps our numbers to names.
    """
    data = event.data
    ours, theirs = data.recipient, data.sender
    if event.type.startswith(_DELIVERY_REPORT):
        ours, theirs = theirs, ours
    values = {
        "type": event.type,
        "provider": data.provider,
        "account": data.account,
        "sender": format_number(data.sender),
        "recipient": format_number(data.recipient),
        "opt_out": None if data.opt_out is None else str(data.opt_out).lower(),
        "consent": data.consent and data.consent.get("action"),
        "country_code": country_code_of(theirs),
        "first_word": first_word(data.text),
        "route": (routes or {}).get(format_number(ours) or ""),
    }
    shown = {name: printable(value)[:_LENGTH] for name, value in values.items() if value}
    return {
        name: value for name, value in shown.items() if value.strip()
    }  # SNS may refuse a whole batch for a blank one


def format_number(number: Number | None) -> str | None:
    """Return a number as subscribers filter by it: + and digits, or else as the provider wrote it."""
    return (number.number or number.raw) if number else None


def read_routes(setting: str) -> tuple[Routes, list[str]]:
    """Read the setting, a JSON object that maps our numbers to names: `{"+4534735477": "sales"}`.

    Return the valid routes, and a description of each fault. These refer to entries by their position, because numbers
    may not be logged. Numbers are written as in the attribute `recipient`; a missing plus and separators between digits
    are accepted.
    """
    try:
        entries = json.loads(setting, object_pairs_hook=tuple) if setting.strip() else ()
    except (ValueError, RecursionError) as error:
        return {}, [f"not JSON (line {getattr(error, 'lineno', 1)}, column {getattr(error, 'colno', 1)})"]
    if not isinstance(entries, tuple):
        return {}, ['not a JSON object like {"+4534735477": "sales"}']
    routes: dict[str, str] = {}
    faults = []
    for position, (number, name) in enumerate(entries, 1):
        key = format_number(parse_number(number, international=True))
        if not key:
            faults.append(f"entry {position} has no number")
        elif key in routes:
            faults.append(f"entry {position} has the same number as an earlier one")
        elif not isinstance(name, str) or not 0 < len(name) <= _LENGTH:
            faults.append(f"the name in entry {position} is not a string of 1 to {_LENGTH} characters")
        else:
            routes[key] = name
    return routes, faults
