"""MessageBird's signatures, and its settings.

https://github.com/messagebird/python-rest-api, request_validator.py and signed_request.py
"""

from inbound_sms.api import Lookup, ProviderSettings, Request, Signed, as_sent, signed_token

import hashlib

from pydantic import Field

_ALGORITHMS = ("HS256", "HS384", "HS512")


class MessagebirdSettings(ProviderSettings):
    """MessageBird's own settings.

    `channels` names the number behind each SMS channel of the Conversations API. `signature_window_seconds` is for the
    older signature: it isn't known whether a retry is signed anew.
    """

    channels: Lookup = Field(default={})
    signature_window_seconds: float = Field(default=86_400, gt=0)


def signed(request: Request) -> Signed | None:
    """Return what a request says about its signature: a JWT, or else the older one, deprecated and still sent.

    The JWT's claims are the hashes of the URL, in the order of its query, and of the body, only if there is one:
    messagebird/python-rest-api, request_validator.py. The older one covers the time, the sorted query and the body's
    hash: signed_request.py.
    """
    headers, body_hash = request.headers, hashlib.sha256(request.body)
    if "messagebird-signature-jwt" in headers:
        token = signed_token(headers["messagebird-signature-jwt"], _ALGORITHMS)
        begin, end = (token.time("nbf"), token.time("exp")) if token else (None, None)
        if not token or begin is None or end is None:
            return None
        covered = {
            "iss": "MessageBird",
            "url_hash": hashlib.sha256(as_sent(request.url)).hexdigest(),
            "payload_hash": body_hash.hexdigest() if request.body else None,
        }
        if any(token.claims.get(name) != value for name, value in covered.items()):
            return None
        return Signed(token.signature, (token.content,), (token.algorithm,), time=begin, max_age=end - begin)
    time = headers.get("messagebird-request-timestamp", "")
    if not (time.isdecimal() and time.isascii()):
        return None
    query = "&".join(sorted(request.raw_query.split("&")))
    content = as_sent(f"{time}\n{query}\n") + body_hash.digest()
    signature = headers.get("messagebird-signature", "")
    window = request.settings_of(MessagebirdSettings).signature_window_seconds
    return Signed(signature, (content,), ("sha256/base64",), time=float(time), max_age=window)
