"""Sinch's signature over a callback, as its SDKs verify it.

https://developers.sinch.com/docs/conversation/callbacks (Validating Callbacks); the SMS API signs in the same way.
"""

from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.auth.schemes import as_sent, matching
from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request

import base64
import hashlib
import hmac
import re
from typing import NamedTuple

_HEADER = "x-sinch-webhook-signature"
_ALGORITHM = "HmacSHA256"
_SECONDS = re.compile(r"[0-9]{1,12}")


class SinchSignature(NamedTuple):
    """HMAC-SHA256 over `body.nonce.timestamp`, in Base64.

    The algorithm is pinned: a sender that could choose it could choose a weak one. A nonce may hold no dot: it would
    let the border between body and nonce be moved, and the signature hold for half a body. The window of time is longer
    than Sinch's retries, as a retry may carry its first signature; what is sent again is a duplicate by its id.
    """

    name: SchemeName = "hmac"
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        signature, algorithm, nonce, timestamp = (
            request.headers.get(name, "").strip()
            for name in (_HEADER, f"{_HEADER}-algorithm", f"{_HEADER}-nonce", f"{_HEADER}-timestamp")
        )
        if algorithm != _ALGORITHM or not nonce or "." in nonce or not _SECONDS.fullmatch(timestamp):
            return None
        signed = b".".join((request.body, as_sent(nonce), as_sent(timestamp)))
        expected = [base64.b64encode(_hmac(secret, signed)) for secret in secrets.hmac]
        if not matching(as_sent(signature), expected):
            return None
        age = request.received_at.timestamp() - int(timestamp)
        if abs(age) > request.settings.sinch_signature_window_seconds:
            logger.warning("the signature is right, but its time lies outside of the window", age_seconds=round(age))
            return None
        return "hmac"


def _hmac(secret: str, signed: bytes) -> bytes:
    return hmac.digest(secret.encode(), signed, hashlib.sha256)
