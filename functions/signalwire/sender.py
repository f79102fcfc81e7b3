"""SignalWire's own side: https://signalwire.com/docs/compatibility-api/guides/webhooks"""

import base64
import hmac
from pathlib import Path
from urllib.parse import parse_qsl

from gateway.simulator.sender import Callback, MediaLinks, Post, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"
SID = {"MessageSid": a_uuid}


def sign(post: Post, secret: str) -> Post:
    """Sign a request: JSON as it is, in hexadecimal; a form by its sorted fields, in Base64."""
    if post.headers.get("Content-Type", "").startswith("application/json"):
        signature = hmac.new(secret.encode(), post.url.encode() + post.body, "sha1").hexdigest()
        return post.with_header("X-SignalWire-Signature", signature)
    fields = parse_qsl(post.body.decode("utf-8", "replace"), keep_blank_values=True)
    content = post.url + "".join(name + value for name, value in sorted(fields, key=lambda field: field[0]))
    signature = base64.b64encode(hmac.digest(secret.encode(), content.encode(), "sha1")).decode()
    return post.with_header("X-SignalWire-Signature", signature)


def _read(status: int, body: bytes) -> Verdict:
    """Success is 200 with cXML or SWML; of a status callback 200 and 204 with anything."""
    return again_unless(status == 204 or (status == 200 and body.lstrip()[:1] in {b"<", b"{"}))


SENDER = Sender(
    name="signalwire",
    title="SignalWire",
    docs="https://signalwire.com/docs/compatibility-api/guides/webhooks",
    callbacks={
        # Its id last, so that a message that breaks off lacks it; in which order SignalWire posts isn't known.
        "message": Callback(SAMPLES / "synthetic/inbound_sms.form", SID, sender="From", recipient="To", text="Body"),
        "mms": Callback(SAMPLES / "synthetic/inbound_mms.form", SID, sender="From", recipient="To", text="Body"),
        "get": Callback(SAMPLES / "synthetic/inbound_sms.query", SID, sender="From", recipient="To", text="Body"),
        "swml": Callback(
            SAMPLES / "swml_inbound.json",
            {"message.message_id": a_uuid},
            sender="message.from",
            recipient="message.to",
            text="message.body",
        ),
        "report": Callback(SAMPLES / "status_callback.form", SID, sender="From", recipient="To"),
        "report-json": Callback(
            SAMPLES / "synthetic/message_status.json", {"id": a_uuid}, sender="from", recipient="to"
        ),
        "unknown": Callback({"CallSid": "1", "CallStatus": "ringing"}, {"CallSid": a_uuid}, ending=".form"),
    },
    secrets=("hmac", "basic"),
    sign=sign,
    methods=("POST", "GET"),
    # With our URL as the fallback, too, a message has a second attempt. Status callbacks have three; the waits between
    # them aren't documented.
    retries=Retries(waits=(1,), timeout=5, read=_read),
    portal="Phone Numbers, the number, Edit Settings, Messaging: the URL, and once more as the fallback URL; "
    "`hmac` holds the Signing Key of API Credentials",
    broken=(b"From=%2B15551234567&To=%2B15559876543&Body=He", "MessageSid"),
    media=MediaLinks(  # https://developer.signalwire.com/platform/dashboard/guides/media-protection
        hosts=("*.signalwire.com",),
        credentials="basic",
        what="the project's id and an API token, with Media URL Protection only",
    ),
    table={
        "sms": "yes",
        "mms": "`MediaUrl0`, ...",
        "reports": "status callbacks",
        "other": "SWML, signed otherwise; published as unknown",
        "response": "200 with cXML, or with an SWML document",
        "retries": "none but the fallback URL; status callbacks twice more; 5 s",
        "id": "`MessageSid`, `message_id`",
    },
)
