"""Every provider as verification needs it: what it posts, and its secrets. Found, not listed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.api_event import api_event
from inbound_sms.webhook.provider import Provider
from tests.support.acme import ACME
from tests.support.providers import SAMPLES, Registered, registered

_ENDINGS = {".json": "application/json", ".form": "application/x-www-form-urlencoded", ".xml": "text/xml"}
_ACME_SECRETS = {"authorization": ["Token main"]}
_ACME_TEXT = b'{"id":"1","from":"+4530000000","to":"+4540000000","text":"hello","at":"2026-01-01T00:00:00Z"}'
_ACME_BODIES = (
    _ACME_TEXT,
    b"[" + _ACME_TEXT + b"," + _ACME_TEXT.replace(b'"1"', b'"2"') + b',{"id":3}]',
    b'{"id":"1","kind":"call"}',
    b'{"check":1}',
    b'{"id":[',
)


@dataclass(frozen=True)
class Source:
    """A provider, its bodies with their content types, API Gateway's events of it, and its document of secrets."""

    provider: Provider
    bodies: tuple[tuple[str, bytes], ...]
    events: tuple[dict[str, Any], ...]
    secrets: dict[str, Any]


class StoredParameter:
    """Parameter Store with a parameter that is always there."""

    def __init__(self, secrets: dict[str, Any]) -> None:
        self._answer = {"Parameter": {"Value": json.dumps(secrets)}}

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        return self._answer


def sources() -> Iterator[Source]:
    """Return the provider that doesn't exist, and every one that does."""
    yield _acme()
    yield from map(_source, registered())


def _acme() -> Source:
    posts = [api_event("/acme", body, {"authorization": "Token main"}, as_base64=False) for body in _ACME_BODIES]
    stranger = api_event("/acme", _ACME_TEXT, {}, as_base64=False)
    get = api_event("/acme", b"", {"authorization": "Token main"}, method="GET", query="id=1&text=hello")
    bodies = tuple(("application/json", body) for body in _ACME_BODIES)
    return Source(ACME, bodies, (*posts, stranger, get), _ACME_SECRETS)


def _source(entry: Registered) -> Source:
    case = entry.case
    samples = [path for path in sorted((SAMPLES / entry.provider.name).rglob("*.*")) if path.suffix in _ENDINGS]
    bodies = [(_ENDINGS[path.suffix], path.read_bytes()) for path in samples] + [(case.content_type, case.broken)]
    events = [entry.event(body, content_type=content_type) for content_type, body in bodies]
    events += [entry.event(as_base64=False), entry.event(credentials="wrong"), entry.event(credentials="missing")]
    return Source(entry.provider, tuple(bodies), tuple(events), case.secrets)
