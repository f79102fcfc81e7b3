"""Vonage's own side of its SMS API: https://developer.vonage.com/en/messaging/sms/guides/inbound-sms"""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _an_id(_number: int) -> str:
    return "0A" + secrets.token_hex(7).upper()


def _callback(sample: str, text: str | None = "text") -> Callback:
    return Callback(SAMPLES / sample, {"messageId": _an_id}, sender="msisdn", recipient="to", text=text)


def sign(post: Post, secret: str) -> Post:
    """Sign by HMAC-SHA256: https://developer.vonage.com/en/getting-started/concepts/signing-messages"""
    is_json = post.body.lstrip().startswith(b"{")
    if is_json:
        fields = json.loads(post.body)
    else:
        sent = urlsplit(post.url).query if post.method == "GET" else post.body.decode("utf-8", "replace")
        fields = dict(parse_qsl(sent, keep_blank_values=True))
    fields |= {"timestamp": str(int(time.time())), "nonce": str(uuid.uuid4())}
    fields.pop("sig", None)
    base = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
    fields["sig"] = hmac.new(secret.encode(), base.encode(), hashlib.sha256).hexdigest().upper()
    if post.method == "GET":
        return post.with_url(urlsplit(post.url)._replace(query=urlencode(fields)).geturl())
    return replace(post, body=(json.dumps(fields) if is_json else urlencode(fields)).encode())


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx (the guide names 200 and 204); everything else is sent again."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="vonage-sms",
    title="Vonage SMS API",
    docs="https://developer.vonage.com/en/messaging/sms/guides/inbound-sms",
    callbacks={
        "message": _callback("synthetic/inbound.form"),
        "json": _callback("sms_api_inbound.json"),
        "get": _callback("sms_api_inbound_get.query"),
        "unicode": _callback("sms_api_inbound_unicode.json"),
        "part": _callback("sms_api_inbound_concat_part1.json"),
        "binary": _callback("sms_api_inbound_binary.json", text=None),
        "report": Callback(SAMPLES / "sms_api_dlr.json", {"messageId": _an_id}, sender="to", recipient="msisdn"),
        "unknown": Callback(SAMPLES / "synthetic/unknown_type.form", {"messageId": _an_id}, "msisdn", "to"),
    },
    secrets=("path_secret", "hmac"),
    sign=sign,
    methods=("POST", "GET"),
    # For 24 hours. Neither the waits nor the time-out are documented; an hour and 10 s are guesses.
    retries=Retries(waits=(3_600,) * 24, timeout=10, read=_read),
    portal="API settings, SMS settings: Inbound SMS webhook and Delivery receipts webhook; HTTP method POST-JSON",
    broken=(b"msisdn=447700900001&to=447700900000&type=text&text=He", "messageId"),
    table={
        "sms": "text, unicode, binary; long ones in parts",
        "mms": "no; see the Messages API",
        "reports": "yes",
        "other": "published as unknown",
        "response": "200 or 204",
        "retries": "for 24 h",
        "id": "`messageId`",
    },
)
