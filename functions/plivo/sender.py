"""Plivo's own side: https://docs.plivo.com/docs/messaging/api/message/handling-incoming"""

import base64
import hmac
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from gateway.simulator.sender import Callback, MediaLinks, Post, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"
UUID = {"MessageUUID": a_uuid}


def sign(post: Post, secret: str) -> Post:
    """Sign a request as a main account's messages are signed (V3): https://docs.plivo.com/docs/voice/concepts/signature-validation"""
    parts = urlsplit(post.url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    form = sorted(parse_qsl(post.body.decode("utf-8", "replace"), keep_blank_values=True))
    content = urlunsplit(parts._replace(query="", fragment=""))
    if query or form:
        content += "?" + "&".join("=".join(field) for field in query)
    if query and form:
        content += "."
    nonce = str(secrets.randbelow(10**20))
    content += "".join(map("".join, form)) + "." + nonce
    signature = base64.b64encode(hmac.digest(secret.encode(), content.encode(), "sha256")).decode()
    return post.with_header("X-Plivo-Signature-V3-Nonce", nonce).with_header("X-Plivo-Signature-Ma-V3", signature)


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="plivo",
    title="Plivo",
    docs="https://docs.plivo.com/docs/messaging/api/message/handling-incoming",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.form", UUID, sender="From", recipient="To", text="Text"),
        "mms": Callback(SAMPLES / "inbound_mms.form", UUID, sender="From", recipient="To", text="Body"),
        "opt-out": Callback(SAMPLES / "inbound_optout.form", UUID, sender="From", recipient="To", text="Text"),
        "get": Callback(SAMPLES / "synthetic/inbound_sms.query", UUID, sender="From", recipient="To", text="Text"),
        "report": Callback(SAMPLES / "status_callback.form", UUID, sender="From", recipient="To"),
        "unknown": Callback({"CallUUID": "1", "CallStatus": "ringing"}, {"CallUUID": a_uuid}, ending=".form"),
    },
    secrets=("hmac",),
    sign=sign,
    methods=("POST", "GET"),
    retries=Retries(waits=(60, 120, 240), timeout=8, read=_read),
    portal="Messaging, Applications: Message URL, POST; assign it to the number; `hmac` holds the Auth Token",
    broken=(b"From=14155551234&To=14155556789&Text=He", "MessageUUID"),
    media=MediaLinks(  # https://www.plivo.com/docs/messaging/api/media
        hosts=("media.plivo.com",), credentials="basic", what="the Auth ID and the Auth Token, where links ask for them"
    ),
    table={
        "sms": "yes",
        "mms": "`Media0` or `Media1`, ...",
        "reports": "status callbacks",
        "other": "published as unknown",
        "response": "2xx, with XML",
        "retries": "after 60, 120 and 240 s; 8 s",
        "id": "`MessageUUID`",
    },
)
