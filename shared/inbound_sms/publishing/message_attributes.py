"""What a subscriber can filter by: the message attributes of a notification."""

import json
import re
import unicodedata
from collections.abc import Mapping

from inbound_sms.events.numbers import Number, country_code_of, parse_number
from inbound_sms.parsing.text import printable
from inbound_sms.publishing.queued import QueuedEvent

_LENGTH = 256
_WORD_LENGTH = 64  # a longer first word is no keyword: it is a language without spaces, or noise
_OF_WHAT_WE_SENT = "inbound-sms.delivery.reported."
_BETWEEN_DIGITS = re.compile(r"[\s()./-]")

Routes = Mapping[str, str]


def message_attributes(event: QueuedEvent, routes: Routes | None = None) -> dict[str, str]:
    """Gives the message attributes for filter policies: at most ten, none of them empty.

    SNS, raw message delivery to SQS: a message of more than ten attributes is discarded.
    """
    data = event.data
    ours, theirs = data.recipient, data.sender
    if event.type.startswith(_OF_WHAT_WE_SENT):
        ours, theirs = theirs, ours
    values = {
        "type": event.type,
        "provider": data.provider,
        "account": data.account,
        "sender": written(data.sender),
        "recipient": written(data.recipient),
        "opt_out": None if data.opt_out is None else str(data.opt_out).lower(),
        "country_code": country_code_of(theirs),
        "first_word": first_word(data.text),
        "route": (routes or {}).get(written(ours) or ""),
    }
    return {name: printable(value)[:_LENGTH] for name, value in values.items() if value}


def written(number: Number | None) -> str | None:
    """Gives a number as subscribers filter by it: +digits, or else as the provider wrote it."""
    return (number.number or number.raw) if number else None


def first_word(text: str | None) -> str | None:
    """Gives a text's first word in lower case, without what isn't a letter or digit around it; None without any."""
    for word in (text or "").split(maxsplit=8)[:8]:
        letters = [i for i, c in enumerate(word[: 2 * _WORD_LENGTH]) if unicodedata.category(c)[0] in "LMN"]
        if letters:
            return word[letters[0] : letters[-1] + 1].lower()[:_WORD_LENGTH]
    return None


def read_routes(setting: str) -> tuple[Routes, list[str]]:
    """Reads the setting, a JSON object of our numbers and the name that each belongs to: `{"+4534735477": "sales"}`.

    Gives what is right of it, and what is wrong in words; these name entries by their place, because no number is
    logged. A number stands there as in the attribute `recipient`; a missing plus, and what people write between
    digits, is no mistake.
    """
    try:
        entries = json.loads(setting, object_pairs_hook=tuple) if setting.strip() else ()
    except (ValueError, RecursionError) as error:
        return {}, [f"not JSON (line {getattr(error, 'lineno', 1)}, column {getattr(error, 'colno', 1)})"]
    if not isinstance(entries, tuple):
        return {}, ['not a JSON object like {"+4534735477": "sales"}']
    routes: dict[str, str] = {}
    faults = []
    for place, (number, name) in enumerate(entries, 1):
        key = written(parse_number(_BETWEEN_DIGITS.sub("", number) if number[:1] == "+" else number))
        if not key:
            faults.append(f"entry {place} has no number")
        elif key in routes:
            faults.append(f"entry {place} is for the same number as one before it")
        elif not isinstance(name, str) or not 0 < len(name) <= _LENGTH:
            faults.append(f"the name in entry {place} is not a text of 1 to {_LENGTH} characters")
        else:
            routes[key] = name
    return routes, faults
