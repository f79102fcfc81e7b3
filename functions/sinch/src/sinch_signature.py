"""Sinch's signature over a callback, as its SDKs verify it.

https://developers.sinch.com/docs/conversation/callbacks ("Validating Callbacks"); the SMS API signs the same way.
"""

from inbound_sms.api import ProviderSettings, Request, Signature, Signed, as_sent

import re

from pydantic import Field

_HEADER = "x-sinch-webhook-signature"
_HEADERS = (_HEADER, f"{_HEADER}-algorithm", f"{_HEADER}-nonce", f"{_HEADER}-timestamp")
_ALGORITHM = "HmacSHA256"
_SECONDS = re.compile(r"[0-9]{1,12}")


class SinchSettings(ProviderSettings):
    """Sinch's own settings."""

    # Longer than Sinch's 45 h of retries, which may repeat the first signature. Deduplication handles replayed requests.
    signature_window_seconds: float = Field(default=172_800, gt=0)


def signed(request: Request) -> Signed | None:
    """Return a callback's signature: HMAC-SHA256 over `body.nonce.timestamp`, in Base64.

    The algorithm is fixed, because a sender that could choose it could choose a weak one. The nonce may not contain a
    dot: the boundary between body and nonce could then be moved, and the signature would be valid for part of the body.
    """
    signature, algorithm, nonce, timestamp = (request.headers.get(name, "").strip() for name in _HEADERS)
    if algorithm != _ALGORITHM or not nonce or "." in nonce or not _SECONDS.fullmatch(timestamp):
        return None
    return Signed(
        signature,
        (b".".join((request.body, as_sent(nonce), as_sent(timestamp))),),
        ("sha256/base64",),
        time=int(timestamp),
        max_age=request.settings_of(SinchSettings).signature_window_seconds,
    )


SIGNATURE = Signature(signed, headers=_HEADERS)
