"""The signed requests that providers publish: each verifies, and with anything changed it does not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import pytest

from gateway.simulator.formats import FORM, JSON
from gateway.simulator.post import Post
from inbound_sms.auth import Secrets, authenticate
from inbound_sms.errors import AuthenticationError
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from tests.support.providers import API, Registered, event_of, registered, those

SIGNED = {"hmac", "public_key"}


@dataclass(frozen=True)
class Vector:
    """A signed request, whoever published it in whatever notation."""

    entry: Registered
    name: str
    post: Post
    secret: str
    valid: bool
    at: float

    @property
    def kind(self) -> str:
        return next(kind for kind in self.entry.sender.secrets if kind in SIGNED)


def vectors() -> Iterator[Vector]:
    for entry in registered():
        path = entry.samples / "signature_vectors.json"
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        lists = content if isinstance(content, dict) else {"": content}
        where = entry.expected.vectors
        for name, listed in lists.items():
            if isinstance(listed, list) and where:  # or a test of its own reads it
                yield from (vector_of(entry, each, where.get(name, where)) for each in listed if isinstance(each, dict))


def vector_of(entry: Registered, said: dict[str, Any], where: dict[str, Any]) -> Vector:
    """Read a vector: `params` of a form, or a `body`; `url`, `method`, `valid`. The rest as expected.toml has it.

    That may also name another field for the body. Who signs with nothing at all has no secret.
    """
    params = said.get("params", {})  # an object, or pairs where names repeat
    pairs = list(params.items() if isinstance(params, dict) else map(tuple, params))
    pairs += [(name, said[field]) for name, field in where.get("fields", {}).items() if name not in dict(pairs)]
    body = urlencode(pairs) if "params" in said else said.get(where.get("body", "body")) or ""
    headers = {"Content-Type": FORM if "params" in said else JSON}
    headers |= {
        name: field.format_map(said) if "{" in field else said[field]
        for name, field in where.get("headers", {}).items()
        if "{" in field or field in said
    }
    method = said.get("method", "POST" if body else "GET")
    url = said.get("url", f"{API}/{entry}")
    if method == "GET" and "params" in said:
        url, body = url + ("&" if "?" in url else "?") + body, ""
    post = Post(url, headers, body.encode(), method)
    secret = said.get(where["secret"], "no secret")
    return Vector(entry, said["name"], post, secret, said.get("valid", True), time_of(said, where))


def time_of(said: dict[str, Any], where: dict[str, Any]) -> float:
    """Return when a vector was signed; of a JWT, when it was issued."""
    time = reduce(lambda inner, name: inner.get(name, {}), where.get("time", "").split("."), said)
    if isinstance(time, str) and time.count(".") == 2:
        time = jwt.decode(time, options={"verify_signature": False})["iat"]
    elif isinstance(time, str) and "T" in time:
        return datetime.fromisoformat(time).timestamp()
    return float(time or 0)


def is_authentic(vector: Vector, post: Post | None = None) -> bool:
    asked = post or vector.post
    request = request_from_event(
        event_of(asked),
        provider=vector.entry.provider.name,
        received_at=datetime.fromtimestamp(vector.at, UTC),
        delivery_id="d",
        settings=ParseSettings(),
    )._replace(base_url="{0.scheme}://{0.netloc}".format(urlsplit(asked.url)))
    secrets = Secrets.model_construct(**{vector.kind: (vector.secret,)})  # published ones may be too short for us
    try:
        return bool(authenticate(request, secrets, vector.entry.provider.schemes))
    except AuthenticationError:
        return False


@pytest.mark.parametrize("vector", [pytest.param(vector, id=f"{vector.entry}-{vector.name}") for vector in vectors()])
def test_a_published_vector_verifies_and_with_anything_changed_it_does_not(vector: Vector) -> None:
    assert is_authentic(vector) == vector.valid
    body, headers = vector.post.body, vector.post.headers
    bodies = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in range(0, len(body), 7)]
    own = [name for name in headers if name != "Content-Type"]
    changed = [
        *(
            replace(vector.post, body=other)
            for other in (*bodies, body + b"&x=1")
            if body and vector.entry.sender.signs_content
        ),
        *(vector.post.with_header(name, headers[name][:-1] + "?") for name in own),
        *(replace(vector.post, headers={n: v for n, v in headers.items() if n != name}) for name in own),
    ]

    assert changed
    assert not vector.valid or [post for post in changed if is_authentic(vector, post)] == []


@pytest.mark.parametrize("entry", those(lambda entry: bool(SIGNED & {*entry.sender.secrets})), ids=str)
def test_who_signs_has_vectors(entry: Registered) -> None:
    assert any(vector.entry == entry and vector.valid for vector in vectors())
