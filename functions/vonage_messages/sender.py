"""Vonage's own side of its Messages API: https://developer.vonage.com/en/messages/concepts/signed-webhooks"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from pathlib import Path

from gateway.simulator.sender import Callback, MediaLinks, Post, Retries, Sender, Verdict, a_uuid

SAMPLES = Path(__file__).parent / "samples"


def _callback(sample: str, text: str | None = None, party: str = "") -> Callback:
    return Callback(
        SAMPLES / sample, {"message_uuid": a_uuid}, sender=f"from{party}", recipient=f"to{party}", text=text
    )


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def sign(post: Post, secret: str) -> Post:
    """Sign by a JWT (HS256), which names the account and holds the hash of the body."""
    claims = {
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(post.body).hexdigest(),
        "api_key": "a1b2c3d",
        "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    }
    content = ".".join(_part(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = _part(hmac.digest(secret.encode(), content.encode(), "sha256"))
    return post.with_header("Authorization", f"Bearer {content}.{signature}")


def _read(status: int, _body: bytes) -> Verdict:
    """2xx is delivered (Vonage asks for 200), 429 and 5xx are tried again, nothing else is."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.AGAIN if status >= 500 or status == 429 else Verdict.GIVEN_UP


SENDER = Sender(
    name="vonage-messages",
    title="Vonage Messages API",
    docs="https://developer.vonage.com/en/messages/concepts/signed-webhooks",
    callbacks={
        "message": _callback("messages_api_inbound_sms.json", text="text"),
        "message-v0.1": _callback("messages_api_v01_inbound_sms.json", text="message.content.text", party=".number"),
        "mms": _callback("synthetic/inbound_mms_image.json", text="image.caption"),
        "report": _callback("messages_api_status.json"),
        "report-rejected": _callback("synthetic/status_rejected.json"),
        "unknown": _callback("synthetic/inbound_whatsapp.json", text="text"),
    },
    secrets=("hmac",),
    sign=sign,
    # https://api.support.vonage.com/hc/en-us/articles/360028543292: from 5 s, doubled up to 15 min, for 24 h. The
    # time-out is that of the SMS API (article 226572227); it isn't documented for this one.
    retries=Retries(waits=(*(5.0 * 2**n for n in range(8)), *(900.0,) * 94), timeout=15, read=_read),
    portal="Applications, your application, Messages: Inbound URL and Status URL; `hmac` holds the signature secret",
    broken=(b'{"channel": "sms", "to": "447700900000", "from": "447700900001", "text": "no id"}', "message_uuid"),
    media=MediaLinks(  # https://developer.vonage.com/messages/concepts/secure-inbound-media
        open_hosts=("*.nexmo.com", "*.vonage.com"),
        what="none; not with Secure Inbound Media, which wants a JWT",
    ),
    table={
        "sms": "yes",
        "mms": "yes",
        "reports": "yes",
        "other": "published as unknown",
        "response": "200",
        "retries": "after 429 and 5xx only: 5 s doubling up to 15 min, for 24 h",
        "id": "`message_uuid`",
    },
)
