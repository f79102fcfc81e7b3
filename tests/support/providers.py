"""The registry: every provider there is, found by itself. A folder of functions/ that has a sender.py is a provider."""

import base64
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from bench.api_event import api_event
from gateway.simulator import registry
from gateway.simulator.credentials import local_secret
from gateway.simulator.post import Post, below
from gateway.simulator.sender import Sender
from inbound_sms.webhook.provider import Provider
from tests.support.expected import Answer, Expected, Json, Sample, completed, load
from tests.support.signing import identity, parameter, sign

ROOT = Path(__file__).parents[2]
API = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"  # the domain in the events that are made here

Credentials = Literal["right", "wrong", "missing"]


@dataclass(frozen=True, repr=False, eq=False)
class Registered:
    """A provider: what is deployed of it, its own side, and what becomes of its samples."""

    path: Path
    provider: Provider
    sender: Sender
    expected: Expected

    def __repr__(self) -> str:
        return self.provider.name

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    @property
    def source(self) -> Path:
        """The folder of the code that is deployed for it."""
        return registry.source_of(self.path)

    @property
    def module(self) -> str:
        """The module of its handler."""
        return f"{self.source.parent.name}_webhook"

    @property
    def function(self) -> str:
        """The logical id of its function in the template."""
        return "".join(map(str.capitalize, self.path.name.split("_"))) + "Function"

    @property
    def kind(self) -> str:
        """The kind of secret that it usually authenticates by."""
        return self.sender.secrets[0]

    @property
    def secrets(self) -> dict[str, Any]:
        """Its parameter of secrets, holding the one that is in events/."""
        return self.secrets_of(self.kind)

    def secrets_of(self, kind: str) -> dict[str, Any]:
        return parameter(self.sender, kind, [self.local_secret(kind)])

    def local_secret(self, kind: str | None = None) -> str:
        """Return the secret that it has on local stacks; a signing key of OAuth 2.0 is longer."""
        secret = local_secret(self.sender)
        return secret.ljust(32, "-") if (kind or self.kind) == "oauth2" else secret

    @property
    def message(self) -> bytes:
        return self.sender.message.documented_body

    @property
    def content_type(self) -> str:
        return self.sender.message.content_type

    @property
    def accepted(self) -> Answer:
        return self.expected.answer("accepted")

    @property
    def quarantined(self) -> Answer:
        return self.expected.answer("quarantined")

    def post(
        self,
        body: bytes | None = None,
        content_type: str | None = None,
        *,
        callback: str = "message",
        sample: Sample | None = None,
    ) -> Post:
        """Return a request to its webhook, unsigned: the ordinary message, if nothing is said."""
        url = f"{API}/{self.provider.name}"
        if sample is None:
            documented = self.sender.callbacks[callback]
            post = documented.post(url, documented.documented_body if body is None else body)
        else:
            post = request_of(sample, url) if body is None else replace(request_of(sample, url), body=body)
        return post if content_type is None else replace(post, headers={"Content-Type": content_type})

    def signed(self, post: Post, credentials: Credentials = "right", kind: str | None = None) -> Post:
        """Return the request with the provider's credentials, or with wrong ones of the same length."""
        if credentials == "missing":
            return post
        secret = self.local_secret(kind)
        return sign(post, self.sender, kind or self.kind, secret if credentials == "right" else secret[::-1])

    def event(
        self,
        body: bytes | None = None,
        credentials: Credentials = "right",
        content_type: str | None = None,
        *,
        kind: str | None = None,
        callback: str = "message",
        sample: Sample | None = None,
        as_base64: bool = True,
    ) -> dict[str, Any]:
        """Return API Gateway's event of a request to its webhook: the ordinary message, signed, if nothing is said."""
        post = self.post(body, content_type, callback=callback, sample=sample)
        return event_of(self.signed(post, credentials, kind), as_base64=as_base64)


def event_of(post: Post, *, as_base64: bool = True) -> dict[str, Any]:
    url = urlsplit(post.url)
    return api_event(url.path, post.body, dict(post.headers), method=post.method, query=url.query, as_base64=as_base64)


def body_of(event: dict[str, Any]) -> bytes:
    """Return the body of an event as it was posted: some providers carry what they are given in one of their own."""
    text: str = event["body"]
    return base64.b64decode(text) if event["isBase64Encoded"] else text.encode()


def request_of(sample: Sample, url: str) -> Post:
    query = f"?{sample.query}" if sample.query else ""
    headers = {"Content-Type": sample.content_type} if sample.content_type else {}
    return Post(below(url, sample.url) + query, headers, sample.body, sample.method)


@cache
def registered() -> tuple[Registered, ...]:
    """Return every provider. One that can't be loaded is left out: the conformance suite says what is wrong with it."""
    return tuple(entry for folder in registry.folders() if isinstance(entry := loaded(folder), Registered))


@cache
def loaded(folder: Path) -> Registered | str:
    """Return the provider in a folder of functions/, or what keeps it from being loaded."""
    part = "sender.py"
    try:
        sender = registry.sender_in(folder)
        proof = identity(sender, sender.secrets[0])
        source = registry.source_of(folder)
        part = f"src/{source.parent.name}_webhook.py"
        module = importlib.import_module(f"{source.parent.name}_webhook")
        if source.parent == folder:
            [provider] = {id(value): value for value in vars(module).values() if isinstance(value, Provider)}.values()
        else:  # one of several that share the code
            described = sender.document and sender.document.read_text(encoding="utf-8")
            provider = module.described(sender.name, "", described) if described else module.provider(sender.name)
        part = "samples/expected.toml"
        return Registered(folder, provider, sender, load(folder / "samples", sender.name, proof))
    except Exception as error:  # noqa: BLE001 - whatever is unfinished in it
        return f"{part}: {type(error).__name__}: {error}"


def those(condition: Callable[[Registered], bool]) -> list[Registered]:
    """Return the providers of which something is true; that there is none is an error, or a test would never run."""
    found = [entry for entry in registered() if condition(entry)]
    assert found
    return found


def rows() -> list[tuple[Registered, Sample]]:
    return [(entry, sample) for entry in registered() for sample in entry.expected.samples]


def expected_events() -> list[tuple[str, Json]]:
    """Return every event that becomes of a sample, as one delivery would have it, and a name for it."""
    delivery_id = "5f0ae3c2-9b1d-4c57-8e44-0d6f3a1b2c3d"
    return [
        (f"{entry}-{sample.name}", completed(event, "2026-07-01T12:00:00.250000Z", delivery_id))
        for entry, sample in rows()
        for event in sample.events
    ]


def pins(path: Path) -> set[str]:
    """Return what a requirements file pins, without the hashes."""
    lines = (line.partition("#")[0].strip(" \\") for line in path.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line and not line.startswith("--hash=")}


def compact(document: object) -> bytes:
    """Return JSON as a provider writes it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
