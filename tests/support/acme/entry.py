"""Acme in the form in which tests drive a registered provider: what it posts, and how it proves itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from bench.api_event import api_event
from inbound_sms.webhook.provider import Provider
from tests.support.acme import ACME

Credentials = Literal["right", "wrong", "missing"]
TEXT: Mapping[str, Any] = MappingProxyType(
    {"id": "1", "from": "+447700900001", "to": "+447700900002", "text": "private text", "at": "2026-01-01T00:00:00Z"}
)
_AUTHORIZATION = {"right": "Token main", "wrong": "Token other"}


@dataclass(frozen=True, repr=False)
class Acme:
    """The fictitious provider, its parameter of secrets, and an ordinary message."""

    provider: Provider = ACME
    secrets: dict[str, Any] = field(default_factory=lambda: {"authorization": ["Token main"]})
    message: bytes = json.dumps(dict(TEXT), separators=(",", ":")).encode()
    content_type: str = "application/json"

    def __repr__(self) -> str:
        return self.provider.name

    def event(
        self, body: bytes | None = None, credentials: Credentials = "right", content_type: str | None = None, **said: Any
    ) -> dict[str, Any]:
        """Return API Gateway's event of a request to its webhook: the ordinary message, if nothing is said."""
        sent = {"content-type": self.content_type if content_type is None else content_type, "authorization": _AUTHORIZATION.get(credentials)}
        headers = {name: value for name, value in sent.items() if value is not None}
        return api_event("/acme", self.message if body is None else body, headers, **said)


ENTRY = Acme()


def text(**fields: Any) -> bytes:
    """Return the body of a message with some fields of its own."""
    return json.dumps({**TEXT, **fields}, ensure_ascii=False, separators=(",", ":")).encode()
