"""Canary values: private things that were never seen before, and whether something that was written holds one of
them.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import count
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus

# What of an event's data is nobody's secret. All the rest is private, a field that comes later included.
PUBLIC: Final = frozenset({
    *("provider", "authenticated_by", "delivery_id", "account", "message_id", "batch_id", "survey_id", "note"),
    *("status", "provider_status", "provider_code", "provider_code_meaning", "provider_type", "channel", "kind"),
    *("encoding", "operator_id", "currency", "content_type", "code", "question_id", "answer_id", "price"),
    *("received_at", "sent_at", "provider_received_at", "reported_at", "operator_reported_at", "clicked_at"),
    *("started_at", "submitted_at"),
})  # fmt: skip
_SHORTEST = 4  # what is shorter may stand anywhere
_WINDOW = 8  # so much of a canary value gives it away
_NUMBER = re.compile(r"\+?[0-9]+")
_TIMESTAMP = re.compile(r'(?<="Timestamp":)[0-9]{13}')  # of counts: any six digits turn up in it some day
_LIKELY = re.compile(r"^\+?[0-9]{8,}$|\s")  # where nobody knows what is what: a number, or several words
_LETTERS = str.maketrans("0123456789abcdef", "GhJkMnPqRsTuVwXyz"[:16])
_HEX, _BASE64 = re.compile(r"[0-9a-fA-F]{16,}"), re.compile(r"[A-Za-z0-9+/]{11,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


class CanaryValues:
    """Texts, numbers and secrets of one test. Letters and digits only, so that they stand unchanged in any format."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._numbers = count(1)

    def text(self, what: str) -> str:
        """Return a text of 20 letters and digits; like a name, a token, a part of a message."""
        return self.add(what, "Zq" + self._digest().translate(_LETTERS)[:18])

    def number(self, what: str) -> str:
        """Return the digits of a phone number."""
        return self.add(what, "44" + str(int(self._digest(), 16))[:10])

    def secret(self, what: str) -> str:
        """Return a secret that every scheme takes, of 40 characters."""
        return self.add(what, self.text(what) + self.text(what))

    def add(self, what: str, value: str) -> str:
        """Make a mark of something that was made elsewhere: a token that was issued, for instance."""
        assert len(value) >= _WINDOW
        self._known[value] = what
        return value

    def _digest(self) -> str:
        return sha256(b"mark %d" % next(self._numbers)).hexdigest()

    def put_into(self, body: bytes, event: dict[str, Any]) -> bytes:
        """Return a body with a mark in place of each private value that the event made of it has."""
        values = {value for value in _private(event["data"]) if len(value) >= _SHORTEST}
        if event["type"] == "inbound-sms.unknown.v1":
            values = {value for value in _private(event["data"].get("provider_payload")) if _LIKELY.search(value)}
        for value in sorted(values, key=len, reverse=True):
            is_number = _NUMBER.fullmatch(value)
            mark = self.number("number") if is_number else self.text("text")
            for written in _as_written(value.removeprefix("+") if is_number else value):
                body = body.replace(written, mark.encode())
        return body

    def found_in(self, written: str) -> set[str]:
        """Return what of the canaries something holds, or a part of them: plain, percent-encoded, escaped, Base64, hex.

        Each with the line that it was found in. Parts of lines are looked up among the parts of canaries: there are too
        many to look for each of them in each line.
        """
        known = {part: what for value, what in self._known.items() for part in _parts_of(value)}
        return {
            f"{known[found]}: {line}"
            for line in written.splitlines()
            for reading in _readings_of(_TIMESTAMP.sub("", line))
            for found in known.keys() & _parts_of(reading)
        }


def _parts_of(text: str) -> set[str]:
    text = text.casefold()
    return {text[start : start + _WINDOW] for start in range(max(1, len(text) - _WINDOW + 1))}


def _readings_of(line: str) -> set[str]:
    """Return a line as it is and decoded; of hexadecimal and Base64, which may begin anywhere in a run of letters."""
    escaped = _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), line)
    readings = {line, unquote_plus(line), escaped}
    for text in list(readings):
        readings |= {_decoded(run[0], bytes.fromhex, 2, start) for run in _HEX.finditer(text) for start in range(2)}
        readings |= {
            _decoded(run[0], base64.b64decode, 4, start) for run in _BASE64.finditer(text) for start in range(4)
        }
    return readings


def _decoded(run: str, decode: Callable[[str], bytes], group: int, start: int) -> str:
    whole_groups = (len(run) - start) // group * group
    return decode(run[start : start + whole_groups]).decode("latin-1")


def _private(value: object, name: str = "") -> Iterator[str]:
    """Return every private string in an event's data; the payload is the provider's own writing of the same."""
    match value:
        case dict():
            for key, each in value.items():
                if key not in PUBLIC | {"provider_payload"}:
                    yield from _private(each, key)
        case list():
            for each in value:
                yield from _private(each, name)
        case str():
            yield value


def _as_written(value: str) -> list[bytes]:
    """Return a text as JSON, forms, XML and multipart write it, in the charsets of the samples."""
    forms = [value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    forms += [quote(value), quote_plus(value), quote(value, safe=":/@"), quote_plus(value).replace("%2B", "+")]
    written = [form.encode() for form in forms]
    with suppress(UnicodeEncodeError):
        written += [value.encode("latin-1"), quote_plus(value, encoding="latin-1").encode()]
    return sorted(set(written), key=len, reverse=True)
