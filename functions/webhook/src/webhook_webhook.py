"""A provider that is made by configuration and no code: a document says what it sends and how it signs.

Those of presets/ are deployed with the code. Which one a function is, its parameter of secrets says by its name.
"""

from inbound_sms.api import ConfigurationError, Provider, webhook

import os
from functools import cache
from pathlib import Path

from webhook_document import read_document
from webhook_provider import provider_of

_PRESETS = Path(__file__).parent / "presets"


@cache
def provider(name: str) -> Provider:
    """Return the provider of this name. Raises ConfigurationError if its document is missing or wrong."""
    file = _PRESETS / f"{name}.toml"
    try:
        return provider_of(name, read_document(file.read_text(encoding="utf-8")))
    except OSError:
        raise ConfigurationError(f"there is no document presets/{name}.toml") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"presets/{name}.toml: {error}") from None


handler = webhook(lambda: provider(os.environ.get("PROVIDER_PARAMETER", "").rpartition("/")[2]))
