"""Masks path secrets in what is shown: a request that nobody could read may repeat the URL that it was posted to."""

import json
import re
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.operations.secret_documents import kinds_of

_KIND = "path_secret"
_MASK = "***"


class Masking:
    """Masks the path secrets that are accepted at present, however their characters are escaped."""

    def __init__(self, secrets: Iterable[str]) -> None:
        longest_first = sorted(set(secrets), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_escaped_anyhow, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """Return a text without any of the secrets."""
        return self._pattern.sub(_MASK, text) if self._pattern else text

    def body(self, body: bytes) -> bytes:
        """Return a body without any of the secrets."""
        return self.text(body.decode("latin-1")).encode("latin-1")

    def value(self, value: Any) -> Any:
        """Return a value of JSON without any of the secrets."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(each) for each in value]
            case dict():
                return {self.text(name): self.value(each) for name, each in value.items()}
        return value


def masking_of(installation: Installation) -> Masking:
    """Return what masks the path secrets of all providers. Raises GatewayError where they can't be read."""
    with_paths = [name for name in installation.providers if _KIND in (kinds_of(name) or (_KIND,))]
    return Masking(secret for name in with_paths for secret in _path_secrets(installation, name))


def _path_secrets(installation: Installation, provider: str) -> list[str]:
    ssm, name = installation.client("ssm"), installation.parameter(provider)
    try:
        document = json.loads(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except (ssm.exceptions.ParameterNotFound, ValueError):  # then none is accepted
        return []
    except (BotoCoreError, ClientError) as error:
        raise GatewayError(
            f"Nothing is shown: {name} can't be read, so its path secrets can't be masked: {error}"
        ) from None
    whole = document if isinstance(document, dict) else {}
    accounts = whole.get("accounts")
    parts = [whole, *(accounts.values() if isinstance(accounts, dict) else ())]
    held = (part.get(_KIND) for part in parts if isinstance(part, dict))
    return [each for secrets in held if isinstance(secrets, list) for each in secrets if isinstance(each, str) and each]


def _escaped_anyhow(secret: str) -> str:
    """Return a pattern of a secret whose characters may be percent-encoded (also twice) or escaped as in JSON."""
    return "".join(rf"(?:{re.escape(it)}|(?i:%(?:25)*{ord(it):02x}|\\u{ord(it):04x}))" for it in secret)
