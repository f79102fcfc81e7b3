"""A kind of request that a provider posts: its documented form, and how to make new ones of it."""

import copy
import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Callback:
    """A kind of request. A path names a field inside the documented payload: `payload.umid`, `answers.0.answer`.

    `identity` says which fields make another one of it, each from its number in a series. Who has no identity of their
    own are told apart by time, and by a mark in the text where none is given. `sender`, `recipient`, `text`: where
    these stand, None where there is no such thing.
    """

    documented: Message
    content_type: str
    write: Callable[[Message], str]
    identity: Mapping[str, Callable[[int], Any]]
    sender: str | None = None
    recipient: str | None = None
    text: str | None = None

    def new(self, number: int = 0) -> dict[str, Any]:
        """Gives a new one, to be written."""
        message = copy.deepcopy(dict(self.documented))
        for path, new in self.identity.items():
            _put(message, path, new(number))
        return message

    def filled(
        self, message: Message, *, sender: str | None = None, recipient: str | None = None, text: str | None = None
    ) -> dict[str, Any]:
        """Gives the same one with what is said; raises ValueError for what this kind doesn't have."""
        filled = copy.deepcopy(dict(message))
        for name, value in {"sender": sender, "recipient": recipient, "text": text}.items():
            place = self._place(name)
            if value is not None and place is None:
                raise ValueError(f"it has no {name}")
            if value is not None and place is not None:
                _put(filled, place, value)
        return filled

    def body(self, number: int = 0, **said: str | None) -> bytes:
        """Gives a new one as it is posted, with what is said: see `filled`."""
        return self.write(self.filled(self.new(number), **said)).encode()

    def documented_in(self, name: str) -> str | None:
        """Gives what is documented as `sender`, `recipient` or `text`; None where there is no such field."""
        place = self._place(name)
        if place is None:
            return None
        holder, last = _holder(self.documented, place)
        return str(holder[last])

    def _place(self, name: str) -> str | None:
        return {"sender": self.sender, "recipient": self.recipient, "text": self.text}[name]


def _put(message: Any, path: str, value: Any) -> None:
    holder, last = _holder(message, path)
    holder[last] = value


def _holder(message: Any, path: str) -> tuple[Any, int | str]:
    *parents, last = (int(part) if part.isdecimal() else part for part in path.split("."))
    for part in parents:
        message = message[part]
    return message, last


def a_uuid(_number: int) -> str:
    """Another UUID."""
    return str(uuid.uuid4())


def a_ulid(_number: int) -> str:
    """Another id of 26 characters."""
    return secrets.token_hex(13).upper()


def an_iso_time(number: int) -> str:
    """A millisecond of its own for each of a series. Ahead, for time goes the same way while the series is made."""
    return (datetime.now(UTC) + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")[:-6] + "Z"


def a_clock_time(number: int) -> str:
    """A second of its own for each of a series: it is all that tells two equal texts apart. Ahead, for time goes the
    same way while the series is made.
    """
    return (datetime.now(UTC) + timedelta(seconds=number)).strftime("%Y%m%d%H%M%S")


def marked(text: str) -> Callable[[int], str]:
    """Gives what makes another text of it each time, in whatever series."""
    return lambda _number: f"{text} {secrets.token_hex(4)}"


def in_json(documented: Message, identity: Mapping[str, Callable[[int], Any]], **where: str) -> Callback:
    """Gives a kind of request that is posted in JSON."""
    return Callback(documented, JSON, json.dumps, identity, **where)
