"""Vonage's signature over the parameters of a callback (`sig`).

https://developer.vonage.com/en/getting-started/concepts/signing-messages
"""

from inbound_sms.api import InvalidPayload, ProviderSettings, Request, Signed, as_sent

import json
import re
from typing import Literal

from pydantic import Field

# `md5hash` is a plain hash, the others are HMACs.
_ALGORITHMS = {
    "md5hash": "md5+secret/HEX",
    "md5": "md5/HEX",
    "sha1": "sha1/HEX",
    "sha256": "sha256/HEX",
    "sha512": "sha512/HEX",
}
_SECONDS = re.compile(rb"[0-9]{1,12}")
_SEPARATORS = bytes.maketrans(b"&=", b"__")


class VonageSmsSettings(ProviderSettings):
    """Settings of the SMS API: which signature method the account has, and how old a signature may be.

    Choosing among the methods doesn't help a forger, who knows no signature by any of them; naming the account's own is
    stricter still. Vonage retries a message for 24 hours, a receipt for 72, and may repeat the first signature.
    """

    signature_method: Literal["any", "md5hash", "md5", "sha1", "sha256", "sha512"] = "any"
    signature_window_seconds: float = Field(default=172_800, gt=0)


def signed(request: Request) -> Signed | None:
    """Return a callback's signature: over `&name=value` of all parameters but `sig`, sorted by name.

    Vonage docs: `&` and `=` in a value become `_`. In a name they could hide a parameter in another one, so such
    requests are refused. Some of Vonage's libraries leave out blank values, others don't: both are accepted.
    """
    try:
        parameters = _parameters(request)
    except InvalidPayload:
        return None
    signature, timestamp = parameters.pop("sig", b""), parameters.get("timestamp", b"")
    if not _SECONDS.fullmatch(timestamp) or any("&" in name or "=" in name for name in parameters):
        return None
    settings = request.settings_of(VonageSmsSettings)
    pairs = [(as_sent(name), value.translate(_SEPARATORS)) for name, value in sorted(parameters.items())]
    contents = (_joined(pairs), _joined([(name, value) for name, value in pairs if value.strip()]))
    methods = _ALGORITHMS.values() if settings.signature_method == "any" else (_ALGORITHMS[settings.signature_method],)
    return Signed(
        signature.decode("latin-1").upper(),
        tuple(dict.fromkeys(contents)),
        tuple(methods),
        time=int(timestamp),
        max_age=settings.signature_window_seconds,
    )


def _parameters(request: Request) -> dict[str, bytes]:
    """Return the parameters with their exact bytes. Raises InvalidPayload."""
    if request.method == "GET":
        return dict(request.query().raw)
    if not request.starts_with(b"{"):
        return dict(request.form().raw)
    items = request.json_object().items()
    return {name: as_sent(value if isinstance(value, str) else json.dumps(value)) for name, value in items}


def _joined(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"&%b=%b" % pair for pair in pairs)
