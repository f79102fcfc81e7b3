"""Bird's own side: https://docs.bird.com/api/notifications-api"""

import base64
import hashlib
import hmac
import time
from pathlib import Path

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"
ID = {"payload.id": a_uuid}
PERSON = "payload.sender.contact.identifierValue"
UNKNOWN = {"service": "channels", "event": "whatsapp.inbound", "payload": {"id": "-"}}


def sign(post: Post, secret: str) -> Post:
    """Sign a request over time, URL and the body's hash."""
    now = str(int(time.time()))
    content = f"{now}\n{post.url}\n".encode() + hashlib.sha256(post.body).digest()
    signature = base64.b64encode(hmac.digest(secret.encode(), content, "sha256")).decode()
    return post.with_header("messagebird-request-timestamp", now).with_header("messagebird-signature", signature)


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="bird",
    title="Bird",
    docs="https://docs.bird.com/api/channels-api/supported-channels/programmable-sms/receiving-messages",
    callbacks={
        "message": Callback(
            SAMPLES / "webhook_sms_inbound.json",
            ID,
            sender=PERSON,
            recipient="payload.channelId",
            text="payload.body.text.text",
        ),
        "mms": Callback(SAMPLES / "synthetic/webhook_mms_inbound.json", ID, sender=PERSON),
        "report": Callback(SAMPLES / "synthetic/webhook_sms_outbound.json", ID),
        "unknown": Callback(UNKNOWN, ID),
    },
    secrets=("hmac",),
    sign=sign,
    # At increasing intervals, for 8 hours: these are a guess. So is how long it waits for a response.
    retries=Retries(waits=(60, 300, 900, 1_800, 3_600, 7_200, 14_400), timeout=10, read=_read),
    portal="Developer, Webhooks (or the Notifications API): events sms.inbound and sms.outbound, and a signing key",
    broken=(b'{"service":"channels","event":"sms.inbound","payload":{"body":{}}}', "payload.id"),
    table={
        "sms": "yes",
        "mms": "`mediaUrl` of each file",
        "reports": "`sms.outbound`",
        "other": "published as unknown",
        "response": "2xx",
        "retries": "at increasing intervals, for 8 hours",
        "id": "`payload.id`",
    },
)
