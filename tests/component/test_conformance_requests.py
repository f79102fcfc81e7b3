"""Every provider, by every scheme that it offers, in every form that it documents; and how it reads what it hears."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from gateway.simulator.callback import Callback
from gateway.simulator.post import Post
from gateway.simulator.retries import Verdict
from inbound_sms.auth import Secrets, authenticate
from inbound_sms.errors import AuthenticationError
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from tests.support.providers import API, Registered, event_of, registered, those
from tests.support.world import World

FORM = "application/x-www-form-urlencoded"

each_provider = pytest.mark.parametrize("entry", registered(), ids=str)


@dataclass(frozen=True)
class Way:
    """A way in which a provider may call: a kind of secret, and the first of its callbacks of some form."""

    entry: Registered
    kind: str
    callback: str

    def __str__(self) -> str:
        return f"{self.entry}-{self.kind}-{self.callback}"


def ways() -> Iterator[Way]:
    for entry in registered():
        forms: dict[tuple[str, str, str], str] = {}
        for name, callback in entry.sender.callbacks.items():
            forms.setdefault((callback.method, callback.content_type, callback.url), name)
        yield from (Way(entry, kind, name) for kind in entry.sender.secrets for name in forms.values())


@pytest.mark.parametrize("way", [pytest.param(way, id=str(way)) for way in ways()])
def test_right_credentials_get_in_and_wrong_or_missing_ones_do_not(way: Way, aws: World) -> None:
    entry = way.entry
    receiver = aws.receiver(entry, entry.secrets_of(way.kind))

    for credentials in ("wrong", "missing"):
        event = entry.event(credentials=credentials, kind=way.kind, callback=way.callback)
        assert receiver.handle(event)["statusCode"] == 401
    assert aws.queued() == []

    response = receiver.handle(entry.event(kind=way.kind, callback=way.callback))
    assert (response["statusCode"], response["headers"]["content-type"], response["body"]) == entry.accepted
    assert aws.queued()
    assert aws.quarantined() == []


@pytest.mark.parametrize(
    ("entry", "name"),
    [pytest.param(entry, name, id=f"{entry}-{name}") for entry in registered() for name in entry.sender.callbacks],
)
def test_a_new_callback_of_each_kind_is_accepted_and_is_another_event(entry: Registered, name: str, aws: World) -> None:
    """What the simulator makes of a sample is understood like the sample."""
    receiver = aws.receiver(entry)
    callback = entry.sender.callbacks[name]
    for number in range(2):
        assert receiver.handle(entry.event(callback.body(number), callback=name))["statusCode"] == entry.accepted[0]

    events = [json.loads(document) for document in aws.queued()]
    assert aws.quarantined() == []
    assert len({event["id"] for event in events}) == len(events) >= 2
    assert {event["type"] == "inbound-sms.unknown.v1" for event in events} == {name == "unknown"}


UNREADABLE = ["", "soon", "9" * 20, "\x00", "%"]


def leaves(payload: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value that is no object or list."""
    items = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    if not isinstance(payload, dict | list):
        yield path
    for name, value in items:
        yield from leaves(value, (*path, name))


def with_value(callback: Callback, path: tuple[Any, ...], value: str) -> bytes:
    payload = callback.new()
    holder = payload
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return callback.written(payload)


@each_provider
def test_whatever_stands_in_any_field_of_a_message_it_is_stored_and_acknowledged(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    callback = entry.sender.message
    for path in leaves(callback.documented):
        for value in UNREADABLE:
            before = len(aws.quarantined())
            response = receiver.handle(entry.event(with_value(callback, path, value)))
            stored = len(aws.queued()) + len(aws.quarantined()) - before
            assert response["statusCode"] == 200, (path, value)
            assert stored == 1 or response["body"] == entry.quarantined[2], (path, value)


@each_provider
def test_the_provider_reads_our_answers_as_they_are_meant(entry: Registered, aws: World) -> None:
    asked = [
        (entry.secrets, entry.event(), Verdict.DELIVERED),
        (entry.secrets, entry.event(entry.sender.broken[0]), Verdict.DELIVERED),  # quarantined: it need not come again
        ({}, entry.event(), Verdict.AGAIN),  # not set up yet
    ]
    for secrets, event, wanted in asked:
        answer = aws.receiver(entry, secrets).handle(event)
        assert entry.sender.retries.read(answer["statusCode"], answer["body"].encode()) is wanted


# ---- The vectors that providers publish ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vector:
    """A signed request, whoever published it in whatever notation."""

    entry: Registered
    name: str
    post: Post
    secret: str
    valid: bool
    at: float


def vectors() -> Iterator[Vector]:
    for entry in registered():
        path = entry.samples / "signature_vectors.json"
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        lists = content.values() if isinstance(content, dict) else [content]
        for said in (each for listed in lists if isinstance(listed, list) for each in listed if isinstance(each, dict)):
            yield vector_of(entry, said)


def vector_of(entry: Registered, said: dict[str, Any]) -> Vector:
    """Read a vector: `params` of a form, or a `body`; `url`, `method`, `valid`. The rest as expected.toml has it.

    That may also name another field for the body. Who signs with nothing at all has no secret.
    """
    where = entry.expected.vectors
    params = said.get("params", {})  # an object, or pairs where names repeat
    pairs = params.items() if isinstance(params, dict) else map(tuple, params)
    body = urlencode(list(pairs)) if "params" in said else said.get(where.get("body", "body")) or ""
    headers = {"Content-Type": FORM if "params" in said else "application/json"}
    headers |= {name: said[field] for name, field in where["headers"].items() if field in said}
    method = said.get("method", "POST" if body else "GET")
    post = Post(said.get("url", f"{API}/{entry}"), headers, body.encode(), method)
    at = said.get(where.get("time"), 0)
    seconds = datetime.fromisoformat(at).timestamp() if isinstance(at, str) and "T" in at else float(at)
    return Vector(entry, said["name"], post, said.get(where["secret"], "no secret"), said.get("valid", True), seconds)


def is_authentic(vector: Vector, post: Post | None = None) -> bool:
    asked = post or vector.post
    request = request_from_event(
        event_of(asked),
        provider=vector.entry.provider.name,
        received_at=datetime.fromtimestamp(vector.at, UTC),
        delivery_id="d",
        settings=ParseSettings(),
    )._replace(base_url="{0.scheme}://{0.netloc}".format(urlsplit(asked.url)))
    try:
        return bool(authenticate(request, Secrets(hmac=(vector.secret,)), vector.entry.provider.schemes))
    except AuthenticationError:
        return False


each_vector = pytest.mark.parametrize(
    "vector", [pytest.param(vector, id=f"{vector.entry}-{vector.name}") for vector in vectors()]
)
each_valid_vector = pytest.mark.parametrize(
    "vector", [pytest.param(vector, id=f"{vector.entry}-{vector.name}") for vector in vectors() if vector.valid]
)


@each_vector
def test_a_published_vector_verifies(vector: Vector) -> None:
    assert is_authentic(vector) == vector.valid


@each_valid_vector
def test_a_vector_with_anything_changed_is_refused(vector: Vector) -> None:
    body, headers = vector.post.body, vector.post.headers
    bodies = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in range(0, len(body), 7)]
    own = [name for name in headers if name != "Content-Type"]
    changed = [
        *(replace(vector.post, body=other) for other in (*bodies, body + b"&x=1") if body),
        *(vector.post.with_header(name, headers[name][:-1] + "?") for name in own),
        *(replace(vector.post, headers={n: v for n, v in headers.items() if n != name}) for name in own),
    ]

    assert changed
    assert [post for post in changed if is_authentic(vector, post)] == []


@pytest.mark.parametrize("entry", those(lambda entry: "hmac" in entry.sender.secrets), ids=str)
def test_who_signs_has_vectors(entry: Registered) -> None:
    assert any(vector.entry == entry and vector.valid for vector in vectors())
