"""The document for `make fuzz`: whatever it says, it gives a provider that reads requests, or an error in words."""

from inbound_sms.errors import ConfigurationError, InvalidPayload
from inbound_sms.webhook.provider import Provider

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from verification.fuzz.bombs import Make, run_of
from verification.fuzz.targets import Target, text_of
from verification.oracle import posted
from webhook_document import read_document
from webhook_provider import provider_of

PRESETS = Path(__file__).parent / "src" / "presets"
BODIES = ((b'{"id": "1", "from": "+4530000000", "text": "a"}', "application/json"), (b"id=1&from=2&text=3", ""))


def targets() -> Iterator[Target]:
    """Return the document."""
    seeds = tuple(path.read_bytes() for path in sorted(PRESETS.glob("*.toml")))
    yield Target("webhook document", _document, (*seeds, b"[message]"), frozenset({"a provider", "an error"}))


def _document(data: bytes) -> str:
    try:
        provider = provider_of("webhook", read_document(text_of(data)))
    except ConfigurationError:
        return "an error"
    exercise(provider)
    return "a provider"


def exercise(provider: Provider) -> None:
    """Have a provider read requests, which may fail in one way only."""
    assert provider.schemes
    for body, content_type in BODIES:
        request = posted(provider.name, body, content_type)
        for scheme in provider.schemes:
            getattr(scheme, "signed", lambda _request: None)(request)
        with suppress(InvalidPayload):
            assert provider.parse(request)


def bombs() -> Iterator[tuple[str, str, Make]]:
    """Return what each is, the target that reads it, and what makes it of a size."""
    yield "a deep document", "webhook document", run_of(b"[")
    yield "a pattern of white space", "webhook document", run_of(b" ", b'[message.time]\nfield = "a"\nformat = "', b'"')
