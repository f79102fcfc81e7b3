"""A kind of request that a provider posts: its documented form, and how to make new ones of it."""

import copy
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from gateway.simulator.formats import BY_ENDING, Format, Payload
from gateway.simulator.post import Post, below


@dataclass(frozen=True)
class Callback:
    """A kind of request, made of a sample: a file, or a payload where the documentation shows none.

    A path names a field inside the payload: `payload.umid`, `answers.0.answer`. `identity` says which fields make
    another one of it, each from its number in a series. Those without an identity of their own are told apart by time,
    and by a mark in the text where none is given. `sender`, `recipient`, `text`: where these stand, None where there is
    no such thing.

    `ending` says what a file is, or how a payload is posted, where the file's own ending doesn't. `write` is the
    provider's own way of writing, `url` the one of its URLs that this comes to. `part` marks a payload as a part of a
    longer text, where the provider hands over each by itself: by reference, total and number.
    """

    sample: Path | Payload
    identity: Mapping[str, Callable[[int], Any]] = field(default_factory=dict)
    sender: str | None = None
    recipient: str | None = None
    text: str | None = None
    ending: str = ""
    write: Callable[[Payload], bytes] | None = None
    url: str = ""
    part: Callable[[Payload, int, int, int], None] | None = None

    @cached_property
    def documented(self) -> Payload:
        """The payload as the documentation shows it."""
        return self.readable(self.sample.read_bytes()) if isinstance(self.sample, Path) else self.sample

    @cached_property
    def documented_body(self) -> bytes:
        """The same as it is posted: byte for byte the sample, where there is a file."""
        return self.sample.read_bytes() if isinstance(self.sample, Path) else self.written(self.documented)

    @property
    def content_type(self) -> str:
        """The content type that it is posted by; empty for a GET."""
        return self._format.content_type

    @property
    def method(self) -> str:
        """The method that it is sent by."""
        return self._format.method

    @property
    def _format(self) -> Format:
        ending = self.ending or (self.sample.suffix if isinstance(self.sample, Path) else ".json")
        return BY_ENDING[ending]

    def new(self, number: int = 0) -> Payload:
        """Make a new one, to be written."""
        payload = copy.deepcopy(self.documented)
        for path, make in self.identity.items():
            _put(payload, path, make(number))
        return payload

    def filled(
        self, payload: Payload, *, sender: str | None = None, recipient: str | None = None, text: str | None = None
    ) -> Payload:
        """Return the same payload with what is said; raise ValueError for what this kind doesn't have."""
        filled = copy.deepcopy(payload)
        for name, value in {"sender": sender, "recipient": recipient, "text": text}.items():
            place = self._place(name)
            if value is not None and place is None:
                raise ValueError(f"it has no {name}")
            if value is not None and place is not None:
                _put(filled, place, value)
        return filled

    def identified(self, payload: Payload, identity: str) -> Payload:
        """Return the same payload with this text wherever it says which one it is."""
        identified = copy.deepcopy(payload)
        for path in self.identity:
            _put(identified, path, identity)
        return identified

    @property
    def has_id(self) -> bool:
        """Whether it has an id of its own, so that another text under the same one contradicts it."""
        return bool(self.identity) and self.text not in self.identity

    def readable(self, body: bytes) -> Payload:
        """Return the payload that a body holds."""
        return self._format.read(body)

    def written(self, payload: Payload) -> bytes:
        """Return the payload as it is posted."""
        return (self.write or self._format.write)(payload)

    def body(self, number: int = 0, **said: str | None) -> bytes:
        """Return a new one as it is posted, with what is said: see `filled`."""
        return self.written(self.filled(self.new(number), **said))

    def parts(self, texts: Sequence[str], number: int = 0, **said: str | None) -> list[bytes]:
        """Return the parts of a long text, each as it is posted; raise ValueError where there is no such thing."""
        if self.part is None:
            raise ValueError("it does not come in parts")
        made, reference = [], secrets.randbelow(256)
        for place, text in enumerate(texts, 1):
            payload = self.filled(self.new(number), **{**said, "text": text})
            self.part(payload, reference, len(texts), place)
            made.append(self.written(payload))
        return made

    def post(self, url: str, body: bytes, content_type: str | None = None) -> Post:
        """Return the unsigned request that brings a body to a webhook."""
        url = below(url, self.url)
        if self.method == "GET":
            return Post(f"{url}?{body.decode()}", method="GET")
        return Post(url, {"Content-Type": content_type or self.content_type}, body)

    def documented_in(self, name: str) -> str | None:
        """Return what is documented as `sender`, `recipient` or `text`; None where there is no such field."""
        place = self._place(name)
        if place is None:
            return None
        holder, last = _holder(self.documented, place)
        return str(holder[last])

    def _place(self, name: str) -> str | None:
        return {"sender": self.sender, "recipient": self.recipient, "text": self.text}[name]


def _put(payload: Any, path: str, value: Any) -> None:
    holder, last = _holder(payload, path)
    holder[last] = value


def _holder(payload: Any, path: str) -> tuple[Any, int | str]:
    *parents, last = (int(part) if part.isdecimal() else part for part in path.split("."))
    for part in parents:
        payload = payload[part]
    return payload, last


def a_uuid(_number: int) -> str:
    """Make another UUID."""
    return str(uuid.uuid4())


def an_id(digits: int, prefix: str = "") -> Callable[[int], str]:
    """Return what makes another id of so many hexadecimal digits, behind a prefix, each time."""
    return lambda _number: prefix + secrets.token_hex((digits + 1) // 2)[:digits]


def a_ulid(_number: int) -> str:
    """Make another id of 26 characters."""
    return secrets.token_hex(13).upper()


def an_iso_time(number: int) -> str:
    """Return a millisecond of its own for each of a series. It lies ahead: time goes on while the series is made."""
    return (datetime.now(UTC) + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")[:-6] + "Z"


def a_clock_time(number: int) -> str:
    """Return a second of its own for each of a series: it is all that tells two equal texts apart. It lies ahead, as
    time goes on while the series is made.
    """
    return (datetime.now(UTC) + timedelta(seconds=number)).strftime("%Y%m%d%H%M%S")


def marked(text: str) -> Callable[[int], str]:
    """Return what makes another text of it each time, in whatever series."""
    return lambda _number: f"{text} {secrets.token_hex(4)}"
