"""httpSMS's own side: https://docs.httpsms.com/webhooks"""

import base64
import hmac
import json
import time
from pathlib import Path

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def sign(post: Post, secret: str) -> Post:
    """Add a JWT (HS256) that says who sends this, and when; nothing in it is about the content."""
    now = int(time.time())
    claims = {"aud": post.url, "exp": now + 600, "iat": now, "iss": "api.httpsms.com", "nbf": now - 600, "sub": "user"}
    content = ".".join(_part(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = _part(hmac.digest(secret.encode(), content.encode(), "sha256"))
    return post.with_header("Authorization", f"Bearer {content}.{signature}")


def _read(status: int, _body: bytes) -> Verdict:
    """Success is anything below 400."""
    return again_unless(status < 400)


SENDER = Sender(
    name="httpsms",
    title="httpSMS",
    docs="https://docs.httpsms.com/webhooks",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms_cloudevent.json",
            {"data.message_id": a_uuid},
            sender="data.contact",
            recipient="data.owner",
            text="data.content",
        ),
        "report": Callback(SAMPLES / "synthetic/message_sent.json", {"data.id": a_uuid}, "data.owner", "data.contact"),
        "unknown": Callback(SAMPLES / "synthetic/call_missed.json", {"data.message_id": a_uuid}),
    },
    secrets=("hmac",),
    sign=sign,
    signs_content=False,
    retries=Retries(waits=(), timeout=5, read=_read),
    portal="Settings, Webhooks: the URL as Callback URL, `hmac` as Signing Key, and the events",
    broken=(b'{"type": "message.phone.received", "data": {"content": "no id"}}', "data.message_id"),
    table={
        "sms": "yes",
        "mms": "links",
        "reports": "yes",
        "other": "published as unknown",
        "response": "below 400",
        "retries": "none: it sends a mail",
        "id": "`data.message_id`",
    },
)
