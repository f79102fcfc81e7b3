"""Every provider as verification needs it: what it posts, and its secrets. Found, not listed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from inbound_sms.webhook import handler
from inbound_sms.webhook.provider import Provider
from tests.support.acme.sender import ACME_ENTRY
from tests.support.providers import Registered, registered

_ACME_TEXT = b'{"id":"1","from":"+4530000000","to":"+4540000000","text":"hello","at":"2026-01-01T00:00:00Z"}'
_ACME_BODIES = (
    _ACME_TEXT,
    b"[" + _ACME_TEXT + b"," + _ACME_TEXT.replace(b'"1"', b'"2"') + b',{"id":3}]',
    b'{"check":1}',
)


@dataclass(frozen=True)
class Source:
    """A provider, its bodies with their content types, API Gateway's events of it, and its document of secrets.

    `unsigned` is the body of its answer to a request without credentials, where that isn't a 401.
    """

    provider: Provider
    bodies: tuple[tuple[str, bytes], ...]
    events: tuple[dict[str, Any], ...]
    secrets: dict[str, Any]
    unsigned: str | None = None
    signed_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def standing_still(self) -> Any:
        """Let time stand still for the webhook, for some signatures count for a minute only."""
        return patch.object(handler, "datetime", SimpleNamespace(now=lambda _zone: self.signed_at))


class StoredParameter:
    """Parameter Store with a parameter that is always there."""

    def __init__(self, secrets: dict[str, Any]) -> None:
        self._answer = {"Parameter": {"Value": json.dumps(secrets)}}

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        return self._answer


def sources() -> Iterator[Source]:
    """Return the provider that doesn't exist, and every one that does."""
    yield _source(ACME_ENTRY, [("application/json", body) for body in _ACME_BODIES])
    for entry in registered():
        yield _source(entry, [(sample.content_type, sample.body) for sample in entry.expected.samples if sample.body])


def _source(entry: Registered, bodies: list[tuple[str, bytes]]) -> Source:
    broken, _ = entry.sender.broken
    events = [entry.event(body, content_type=content_type, as_base64=False) for content_type, body in bodies[:1]]
    events += [entry.event(body, content_type=content_type) for content_type, body in bodies[1:]]
    events += [entry.event(sample=sample) for sample in entry.expected.samples]
    events += [entry.event(callback=name) for name in entry.sender.callbacks]
    events += [entry.event(kind=kind) for kind in entry.sender.secrets]
    events += [entry.event(broken), entry.event(credentials="wrong"), entry.event(credentials="missing")]
    secrets = {name: value for kind in entry.sender.secrets for name, value in entry.secrets_of(kind).items()}
    _, _, unsigned = dict(entry.expected.answers).get("unsigned", (401, "", None))
    return Source(entry.provider, (*bodies, (entry.content_type, broken)), tuple(events), secrets, unsigned)
