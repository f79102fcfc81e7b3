"""Sinch's signature over a callback, as its SDKs verify it.

https://developers.sinch.com/docs/conversation/callbacks (Validating Callbacks); the SMS API signs in the same way.
"""

from inbound_sms.api import ProviderSettings, Request, Signature, Signed, as_sent

import re

from pydantic import Field

_HEADER = "x-sinch-webhook-signature"
_HEADERS = (_HEADER, f"{_HEADER}-algorithm", f"{_HEADER}-nonce", f"{_HEADER}-timestamp")
_ALGORITHM = "HmacSHA256"
_SECONDS = re.compile(r"[0-9]{1,12}")


class SinchSettings(ProviderSettings):
    """Settings of Sinch's own."""

    # Longer than Sinch's 45 h of retries: a retry may carry its first signature. What is sent again is a duplicate.
    signature_window_seconds: float = Field(default=172_800, gt=0)


def signed(request: Request) -> Signed | None:
    """Return what a callback says about its signature: HMAC-SHA256 over `body.nonce.timestamp`, in Base64.

    The algorithm is pinned: a sender that could choose it could choose a weak one. A nonce may hold no dot: it would
    let the border between body and nonce be moved, and the signature hold for half a body.
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
