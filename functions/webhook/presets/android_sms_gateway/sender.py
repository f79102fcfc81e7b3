"""Android SMS Gateway's own side: https://docs.sms-gate.app/features/webhooks/"""

import hmac
import time
from pathlib import Path

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
ID = {"id": an_id(21)}


def sign(post: Post, secret: str) -> Post:
    """Sign the body and the time after it."""
    now = str(int(time.time()))
    signature = hmac.digest(secret.encode(), post.body + now.encode(), "sha256").hex()
    return post.with_header("X-Timestamp", now).with_header("X-Signature", signature)


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="android-sms-gateway",
    title="Android SMS Gateway",
    docs="https://docs.sms-gate.app/features/webhooks/",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms.json",
            ID,
            sender="payload.sender",
            recipient="payload.recipient",
            text="payload.message",
        ),
        "report": Callback(SAMPLES / "synthetic/sms_failed.json", ID, recipient="payload.phoneNumber"),
        "unknown": Callback(SAMPLES / "synthetic/mms_received.json", ID, sender="payload.sender"),
    },
    secrets=("hmac",),
    sign=sign,
    retries=Retries(waits=tuple(10.0 * 2**n for n in range(14)), timeout=30, read=_read),
    portal="POST /webhooks of its API, once for each event, with the URL; `hmac` is the Signing Key of its settings",
    broken=(b'{"event": "sms:received", "payload": {"message": "no id"}}', "id"),
    table={
        "sms": "yes",
        "mms": "published as unknown",
        "reports": "yes",
        "other": "pings are ignored, all else is published as unknown",
        "response": "2xx",
        "retries": "14 times, from 10 s doubling: 2 days",
        "id": "`id`",
    },
)
