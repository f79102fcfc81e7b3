"""A provider that is made by configuration and no code: a document says what it sends and how it signs.

Those of presets/ are deployed with the code; any other one is a parameter, below that of the secrets. Which one a
function reads, its parameter of secrets says by its name.
"""

from inbound_sms.api import ConfigurationError, DependencyUnavailable, ParameterCache, Provider, set_dimensions, webhook

import os
from functools import cache
from pathlib import Path

import aws_client
from webhook_document import read_document
from webhook_provider import provider_of

_PRESETS = Path(__file__).parent / "presets"


def described(name: str, where: str, document: str) -> Provider:
    """Return the provider that a document describes. Raises ConfigurationError, which says where it is wrong."""
    try:
        return provider_of(name, read_document(document))
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from None


@cache
def provider(name: str) -> Provider:
    """Return the provider of a preset. Raises ConfigurationError."""
    return described(name, f"presets/{name}.toml", (_PRESETS / f"{name}.toml").read_text(encoding="utf-8"))


class _Documents(ParameterCache[Provider]):
    """Reads the document of one provider: `/inbound-sms/<stage>/<name>/document`."""

    WHAT = "documents"
    known: tuple[str, Provider] | None = None  # the text that was read last, and the provider that it describes

    def parse(self, text: str) -> Provider:
        if self.known is None or self.known[0] != text:
            provider = described(self.parameter.split("/")[-2], f"parameter {self.parameter}", text)
            self.known = (text, provider)
        return self.known[1]


@cache
def _documents(parameter: str, max_age: float) -> _Documents:
    return _Documents(aws_client.ssm(), parameter, max_age)


def current() -> Provider:
    """Return the provider that this function is at present. Raises ConfigurationError or DependencyUnavailable."""
    parameter = os.environ.get("PROVIDER_PARAMETER", "")
    name = parameter.rpartition("/")[2]
    if (_PRESETS / f"{name}.toml").is_file():
        return provider(name)
    set_dimensions(provider=name)
    documents = _documents(f"{parameter}/document", float(os.environ.get("SECRETS_MAX_AGE_SECONDS", "300")))
    try:
        return documents.get()
    except (ConfigurationError, DependencyUnavailable):
        raise
    except Exception as error:  # a bug of ours must lead to a retry
        raise DependencyUnavailable(f"parameter {documents.parameter}", error) from error


handler = webhook(current)
