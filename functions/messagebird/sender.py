"""MessageBird's own side: https://developers.messagebird.com/api/sms-messaging/"""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, a_uuid, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
ID = {"id": an_id(32)}
UNKNOWN = {"type": "conversation.created", "conversation": {"id": "f1e812e9afd6a875d813d51f45823edd"}}


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def sign(post: Post, secret: str) -> Post:
    """Sign a request by a JWT, as messagebird/python-rest-api verifies it. Nobody says how long the real ones live."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "MessageBird", "nbf": now, "exp": now + 3_600, "jti": a_uuid(0)}
    claims["url_hash"] = hashlib.sha256(post.url.encode()).hexdigest()
    if post.body:
        claims["payload_hash"] = hashlib.sha256(post.body).hexdigest()
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    content = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
    signature = _encoded(hmac.digest(secret.encode(), content.encode(), "sha256"))
    return post.with_header("MessageBird-Signature-JWT", f"{content}.{signature}")


def _read(status: int, body: bytes) -> Verdict:
    """Success is 200 with the body OK."""
    return again_unless(status == 200 and body == b"OK")


SENDER = Sender(
    name="messagebird",
    title="MessageBird",
    docs="https://developers.messagebird.com/api/sms-messaging/",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.form", ID, sender="originator", recipient="recipient", text="body"),
        "mms": Callback(SAMPLES / "inbound_mms.form", ID, sender="originator", recipient="recipient", text="body"),
        "short-code": Callback(
            SAMPLES / "inbound_sms_shortcode.form",
            {"mid": an_id(12)},
            sender="originator",
            recipient="shortcode",
            text="message",
        ),
        "conversation": Callback(SAMPLES / "synthetic/conversations_sms.json", {"message.id": an_id(32)}),
        "report": Callback(SAMPLES / "status_get.query", ID, recipient="recipient"),
        "unknown": Callback(UNKNOWN, {"conversation.id": an_id(32)}),
    },
    secrets=("hmac",),
    sign=sign,
    methods=("POST", "GET"),
    # How often and when it tries again isn't documented: a guess.
    retries=Retries(waits=(60,) * 3, timeout=10, read=_read),
    portal="Numbers (or Flow Builder: Forward to URL, POST), and `reportUrl`: the URL; `hmac` holds the signing key",
    broken=(b"recipient=31612345678&originator=31687654321&body=He", "id"),
    table={
        "sms": "yes",
        "mms": "`mediaUrls`",
        "reports": "by GET",
        "other": "Conversations API; published as unknown",
        "response": "200, `text/plain`, `OK`",
        "retries": "not documented",
        "id": "`id` (short codes: `mid`)",
    },
)
