"""The registry: every provider there is, found in functions/, each with its case. Nobody has to list them.

A folder of functions/ that holds a provider (a module with a Provider in it) must have a case in tests/cases/, or no
test runs at all.
"""

import base64
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from bench.api_event import api_event
from inbound_sms.webhook.handler import Provider

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"

Credentials = Literal["right", "wrong", "missing"]


@dataclass(frozen=True)
class Signed:
    """What proves who the sender is: headers, or the last part of the path."""

    headers: dict[str, str] = field(default_factory=dict)
    path_secret: str | None = None


@dataclass(frozen=True)
class ProviderCase:
    """What the conformance suite has to know about a provider.

    `message` is an ordinary inbound text; `unknown` a valid callback of a kind that the gateway doesn't know (None for
    a provider that has one kind only); `broken` a body that starts well and ends too early or lacks what it needs.
    """

    function: str
    content_type: str
    message: bytes
    unknown: bytes | None
    broken: bytes
    broken_field: str | None
    secrets: dict[str, Any]
    sign: Callable[[Credentials], Signed]
    accepted: tuple[int, str, str]
    quarantined: tuple[int, str, str]
    challenge: str | None = None
    unknown_content_type: str | None = None


@dataclass(frozen=True, repr=False)
class Registered:
    """A provider and its case."""

    module: str
    provider: Provider
    case: ProviderCase

    secrets = property(lambda self: self.case.secrets)
    message = property(lambda self: self.case.message)
    content_type = property(lambda self: self.case.content_type)
    accepted = property(lambda self: self.case.accepted)
    folder = property(lambda self: self.module)
    sender = property(lambda self: SimpleNamespace(broken=(self.case.broken, self.case.broken_field)))

    def __repr__(self) -> str:
        return self.provider.name

    def event(
        self,
        body: bytes | None = None,
        credentials: Credentials = "right",
        content_type: str | None = None,
        *,
        as_base64: bool = True,
    ) -> dict[str, Any]:
        """Gives API Gateway's event of a post to this provider's webhook; the ordinary message, if nothing is said."""
        signed = self.case.sign(credentials)
        return api_event(
            f"/{self.provider.name}",
            self.case.message if body is None else body,
            {"content-type": self.case.content_type if content_type is None else content_type, **signed.headers},
            path_secret=signed.path_secret,
            as_base64=as_base64,
        )


def provider_modules() -> list[str]:
    """The modules in functions/ that hold a provider."""
    return sorted(path.parent.name for path in ROOT.glob("functions/*/src"))


def registered() -> list[Registered]:
    """Every provider with its case; a provider without one is an error."""
    found = []
    for name in provider_modules():
        case = importlib.import_module(f"tests.cases.{name}")
        provider = _provider_in(name)
        assert provider
        found.append(Registered(name, provider, case.CASE))
    return found


def those(condition: Callable[[Registered], bool]) -> list[Registered]:
    """Gives the providers of which something is true; that there is none is an error, or a test would never run."""
    found = [entry for entry in registered() if condition(entry)]
    assert found
    return found


def sample(path: str) -> bytes:
    """Gives the bytes of a file in tests/samples."""
    return (SAMPLES / path).read_bytes()


def basic(username: str, password: str) -> str:
    """Gives the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def compact(document: object) -> bytes:
    """Gives JSON as a provider writes it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _provider_in(name: str) -> Provider | None:
    module = importlib.import_module(f"{name}_webhook")
    return next((value for value in vars(module).values() if isinstance(value, Provider)), None)
