"""Acme's own side, and Acme in the form in which tests drive a registered provider."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gateway.simulator.sender import Callback, Post, Retries, Sender, again_unless, an_id
from tests.support.acme import ACME
from tests.support.expected import Expected
from tests.support.providers import Registered

TEXT: Mapping[str, Any] = MappingProxyType(
    {"id": "1", "from": "+447700900001", "to": "+447700900002", "text": "private text", "at": "2026-01-01T00:00:00Z"}
)


def _sign(post: Post, secret: str) -> Post:
    now = str(int(time.time()))
    signature = hmac.digest(secret.encode(), f"{now}.{post.url}.".encode() + post.body, hashlib.sha256).hex()
    return post.with_header("acme-time", now).with_header("acme-signature", signature)


def text(**fields: Any) -> bytes:
    """Return the body of a message with some fields of its own."""
    return json.dumps({**TEXT, **fields}, ensure_ascii=False, separators=(",", ":")).encode()


_PLACES = {"sender": "from", "recipient": "to"}
SENDER = Sender(
    name="acme",
    title="Acme",
    docs="https://acme.example/docs",
    callbacks={
        "message": Callback(dict(TEXT), {"id": an_id(8)}, **_PLACES, text="text"),
        "report": Callback({**TEXT, "status": "ok"}, {"id": an_id(8)}, **_PLACES, url="status"),
        "unknown": Callback({"kind": "of a kind that nobody knows", "id": "1"}, {"id": an_id(8)}),
    },
    secrets=("authorization", "basic", "header", "hmac", "oauth2", "path_secret"),
    retries=Retries((1.0,), 10, lambda status, _body: again_unless(status < 300)),
    portal="the URL, and the value of `authorization`",
    broken=(b'{"text":"no id"}', "id"),
    sign=_sign,
)
ENTRY = Registered("acme", ACME, SENDER, Expected())
