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

from gateway.simulator.sender import Callback, Payload, Post, Retries, Sender, Verdict

SAMPLES = Path(__file__).parent / "samples"


def _an_id(_number: int) -> str:
    return "0A" + secrets.token_hex(7).upper()


def _part(payload: Payload, reference: int, total: int, number: int) -> None:
    payload |= {"concat": "true"} | {
        f"concat-{name}": str(value) for name, value in {"ref": reference, "total": total, "part": number}.items()
    }


def _callback(sample: str, text: str | None = "text") -> Callback:
    part = _part if text else None
    return Callback(SAMPLES / sample, {"messageId": _an_id}, sender="msisdn", recipient="to", text=text, part=part)


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
    """2xx is delivered (the guide names 200 and 204). The guide has everything else sent again, Vonage's support only
    429 and 5xx: the worse for us is assumed.
    """
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.AGAIN if status >= 500 or status == 429 else Verdict.GIVEN_UP


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
    # https://api.support.vonage.com/hc/en-us/articles/360028543292: from 5 s, doubled up to 15 min, for 24 h. Another
    # article (226572227) has a minute between attempts, receipts repeated for 72 h, and the time-out.
    retries=Retries(waits=(*(5.0 * 2**n for n in range(8)), *(900.0,) * 94), timeout=15, read=_read),
    portal="API settings, SMS settings: as both webhooks the URL, its {secret} replaced by that of `path_secret`",
    broken=(b"msisdn=447700900001&to=447700900000&type=text&text=He", "messageId"),
    table={
        "sms": "text, unicode, binary; long ones in parts",
        "mms": "no; see the Messages API",
        "reports": "yes",
        "other": "published as unknown",
        "response": "200 or 204",
        "retries": "for 24 h; receipts for 72 h",
        "id": "`messageId`",
    },
)
