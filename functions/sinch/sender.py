"""Sinch's own side: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks"""

import base64
import hashlib
import hmac
import secrets
import time
from pathlib import Path

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, a_ulid, a_uuid

SAMPLES = Path(__file__).parent / "samples"

CALLBACKS = {
    "message": Callback(SAMPLES / "mo_text_docs.json", {"id": a_ulid}, sender="from", recipient="to", text="body"),
    "binary": Callback(SAMPLES / "mo_binary_xms_2017.json", {"id": a_uuid}, sender="from", recipient="to"),
    "mms": Callback(SAMPLES / "mo_media_node.json", {"id": a_ulid}, sender="from", recipient="to", text="body.message"),
    "report": Callback(
        SAMPLES / "signature_sms_recipient_delivery_report.body",
        {"batch_id": a_ulid},
        recipient="recipient",
        ending=".json",
    ),
    "report-mms": Callback(
        SAMPLES / "synthetic/recipient_delivery_report_mms.json", {"batch_id": a_ulid}, recipient="recipient"
    ),
    "report-batch": Callback(SAMPLES / "delivery_report_sms_full_2021_guide.json", {"batch_id": a_ulid}),
    "unknown": Callback({"type": "something_new", "batch_id": "01JHFFHQ0P99JPPNQPJDV7JTBP"}, {"batch_id": a_ulid}),
}


def sign(post: Post, secret: str) -> Post:
    """Sign a callback: https://developers.sinch.com/docs/conversation/callbacks (Validating Callbacks)."""
    nonce, timestamp = secrets.token_hex(13).upper(), str(int(time.time()))
    digest = hmac.digest(secret.encode(), b".".join((post.body, nonce.encode(), timestamp.encode())), hashlib.sha256)
    headers = {
        "x-sinch-webhook-signature": base64.b64encode(digest).decode(),
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
    }
    for name, value in headers.items():
        post = post.with_header(name, value)
    return post


def _read(status: int, _body: bytes) -> Verdict:
    """2xx is delivered, 5xx and 429 are tried again. Any other 4xx never is; nor 3xx, for all we know."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.AGAIN if status >= 500 or status == 429 else Verdict.GIVEN_UP


SENDER = Sender(
    name="sinch",
    title="Sinch",
    docs="https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks",
    callbacks=CALLBACKS,
    secrets=("basic", "hmac", "oauth2", "header"),
    # 5 s, doubled up to 81920 s; read as intervals these are 45 h. Its time-out is not documented; 10 s is a guess.
    retries=Retries(waits=tuple(5.0 * 2**n for n in range(15)), timeout=10, read=_read),
    portal="the callback URL of the service plan; your account manager sets user and password, those in `basic`",
    oauth2_portal="or OAuth 2.0 instead of Basic: this URL, user and password as in `oauth2`",
    sign=sign,
    broken=(b'{"type": "mo_text", "from": "12015555555", "body": "Hi', None),
    table={
        "sms": "`mo_text`, `mo_binary`",
        "mms": "`mo_media`",
        "reports": "per recipient and per batch",
        "other": "published as unknown",
        "authentication": "Amazon SNS",
        "response": "200",
        "retries": "5 s doubling, up to 22 h 45 min; never after a 4xx but 429",
        "id": "`id`",
    },
)
