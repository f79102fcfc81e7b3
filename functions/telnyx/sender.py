"""Telnyx's own side: https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks"""

import base64
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.simulator.sender import (
    Callback,
    KeyPairs,
    MediaLinks,
    Post,
    Retries,
    Sender,
    Verdict,
    a_uuid,
    again_unless,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SAMPLES = Path(__file__).parent / "samples"
ID = {"data.id": a_uuid, "data.payload.id": a_uuid}
FROM, TO = "data.payload.from.phone_number", "data.payload.to.0.phone_number"
UNKNOWN = {"data": {"event_type": "call.initiated", "id": "-", "payload": {"id": "-"}, "record_type": "event"}}


def _private_key(secret: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - for who signs

    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())


def public(secret: str) -> str:
    """Return the public key as the portal shows it: the Base64 of 32 bytes."""
    return base64.b64encode(_private_key(secret).public_key().public_bytes_raw()).decode()


def sign(post: Post, secret: str) -> Post:
    """Sign a request over time and body."""
    now = str(int(time.time()))
    signature = base64.b64encode(_private_key(secret).sign(f"{now}|".encode() + post.body)).decode()
    return post.with_header("telnyx-timestamp", now).with_header("telnyx-signature-ed25519", signature)


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="telnyx",
    title="Telnyx",
    docs="https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.json", ID, sender=FROM, recipient=TO, text="data.payload.text"),
        "mms": Callback(SAMPLES / "inbound_mms.json", ID, sender=FROM, recipient=TO, text="data.payload.text"),
        "opt-out": Callback(
            SAMPLES / "synthetic/opt_out.json", ID, sender=FROM, recipient=TO, text="data.payload.text"
        ),
        "report": Callback(SAMPLES / "message_finalized.json", ID, sender=FROM, recipient=TO),
        "unknown": Callback(UNKNOWN, ID),
    },
    secrets=("public_key",),
    key_pairs=KeyPairs(public, sign),
    # Three attempts at a URL. The waits between them are a guess; the failover URL isn't tried here.
    retries=Retries(waits=(1, 2), timeout=2, read=_read),
    portal="Messaging profile, Inbound: webhook URL and failover URL, API v2; `public_key` holds API Keys, Public Key",
    broken=(b'{"data":{"event_type":"message.received","payload":{"type":"SMS","text":"no id"}}}', "payload.id"),
    media=MediaLinks(open_hosts=("*.telnyx.com", "*.telnyxstorage.com")),
    table={
        "sms": "yes",
        "mms": "`media`",
        "reports": "`message.sent`, `message.finalized`",
        "other": "published as unknown",
        "response": "2xx within 2 s",
        "retries": "three attempts at a URL, then at the failover URL",
        "id": "`data.payload.id`",
    },
)
