"""Every provider as verification needs it: what it posts, and its secrets. Found, not listed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from inbound_sms.webhook.provider import Provider
from tests.support.acme.sender import ACME_ENTRY
from tests.support.providers import Registered, registered

_ACME_TEXT = ACME_ENTRY.message
_ACME_BODIES = (
    b"[" + _ACME_TEXT + b"," + _ACME_TEXT.replace(b'"1"', b'"2"') + b',{"id":3}]',
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
    yield _source(ACME_ENTRY, _ACME_BODIES)
    yield from map(_source, registered())


def _source(entry: Registered, more: tuple[bytes, ...] = ()) -> Source:
    callbacks, samples = entry.sender.callbacks, entry.expected.samples
    events = [entry.event(body, as_base64=False) for body in (None, *more, entry.sender.broken[0])]
    events += [entry.event(callback=name) for name in callbacks] + [entry.event(sample=sample) for sample in samples]
    events += [entry.event(as_base64=False), entry.event(credentials="wrong"), entry.event(credentials="missing")]
    bodies = [(each.content_type, each.documented_body) for each in callbacks.values()]
    bodies += [(sample.content_type, sample.body) for sample in samples]
    bodies += [(entry.content_type, body) for body in (*more, entry.sender.broken[0])]
    return Source(entry.provider, tuple(bodies), tuple(events), entry.secrets)
