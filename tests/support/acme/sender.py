"""Acme's own side, and its entry in the registry for the tests that ask for it; it isn't among `registered()`."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.simulator.sender import Callback, KeyPairs, Post, Retries, Sender, a_ulid, again_unless
from tests.support.acme import ACME
from tests.support.expected import Expected
from tests.support.providers import ROOT, Registered


def sign(post: Post, secret: str) -> Post:
    """Sign time, URL and body."""
    now = str(int(time.time()))
    signature = hmac.digest(secret.encode(), f"{now}.{post.url}.".encode() + post.body, hashlib.sha256).hex()
    return post.with_header("acme-time", now).with_header("acme-signature", signature)


def pair(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())


def sign_by_key(post: Post, secret: str) -> Post:
    """Sign time and body."""
    now = str(int(time.time()))
    signature = base64.b64encode(pair(secret).sign(now.encode() + post.body)).decode()
    return post.with_header("acme-time", now).with_header("acme-key-signature", signature)


def mark(payload: Any, reference: int, total: int, number: int) -> None:
    payload["part"] = [reference, total, number]


TEXT = {"id": "1", "from": "+4530000000", "to": "+4540000000", "text": "Hello", "at": "2026-01-01T00:00:00Z"}
WHERE: Any = {"sender": "from", "recipient": "to", "text": "text"}

SENDER = Sender(
    name="acme",
    title="Acme",
    docs="https://acme.example/docs",
    callbacks={
        "message": Callback(TEXT, {"id": a_ulid}, **WHERE, part=mark),
        "message-get": Callback(TEXT, {"id": a_ulid}, **WHERE, ending=".query"),
        "report": Callback({"id": "1", "to": TEXT["to"], "status": "ok"}, {"id": a_ulid}, recipient="to", url="status"),
        "unknown": Callback({"kind": "something new", "id": "1"}, {"id": a_ulid}),
    },
    secrets=("basic", "authorization", "header", "hmac", "oauth2", "path_secret", "public_key"),
    retries=Retries(waits=(1, 2), timeout=5, read=lambda status, _body: again_unless(status == 200)),
    portal="its portal: the URL",
    broken=(b'{"from": "+4530000000"', None),
    sign=sign,
    key_pairs=KeyPairs(
        lambda secret: base64.b64encode(pair(secret).public_key().public_bytes_raw()).decode(), sign_by_key
    ),
    methods=("POST", "GET"),
    urls=("", "status"),
)

_ANSWERS = (
    ("accepted", (200, "text/xml", "<ok>POST</ok>")),
    ("quarantined", (200, "application/json", '{"status":"quarantined"}')),
)
ACME_ENTRY = Registered(ROOT / "functions" / "acme", ACME, SENDER, Expected(answers=_ANSWERS))


def text(**fields: Any) -> bytes:
    """Return the body of a message with some fields of its own."""
    return json.dumps({**TEXT, **fields}, ensure_ascii=False, separators=(",", ":")).encode()
