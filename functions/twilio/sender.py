"""Twilio's own side: https://www.twilio.com/docs/messaging/guides/webhook-request"""

import base64
import hmac
from pathlib import Path
from urllib.parse import parse_qsl

from gateway.simulator.sender import Callback, MediaLinks, Post, Retries, Sender, Verdict, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
SID = {"MessageSid": an_id(32, "SM")}


def sign(post: Post, secret: str) -> Post:
    """Sign a request: https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
    fields = parse_qsl(post.body.decode("utf-8", "replace"), keep_blank_values=True)
    content = post.url + "".join(name + value for name, value in sorted(set(fields)))
    signature = base64.b64encode(hmac.digest(secret.encode(), content.encode(), "sha1")).decode()
    return post.with_header("X-Twilio-Signature", signature)


def _read(status: int, body: bytes) -> Verdict:
    """Success is 2xx with TwiML or nothing; with `#rp=all` in the URL all else is tried again."""
    return again_unless(200 <= status < 300 and (not body or body.lstrip().startswith(b"<")))


SENDER = Sender(
    name="twilio",
    title="Twilio",
    docs="https://www.twilio.com/docs/messaging/guides/webhook-request",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.form", SID, sender="From", recipient="To", text="Body"),
        "mms": Callback(SAMPLES / "inbound_mms.form", SID, sender="From", recipient="To", text="Body"),
        "opt-out": Callback(SAMPLES / "inbound_optout_stop.form", SID, sender="From", recipient="To", text="Body"),
        "get": Callback(SAMPLES / "synthetic/inbound_sms.query", SID, sender="From", recipient="To", text="Body"),
        "report": Callback(SAMPLES / "status_callback_delivered.form", SID, sender="From", recipient="To"),
        "unknown": Callback({"CallSid": "CA1", "CallStatus": "ringing"}, {"CallSid": an_id(32, "CA")}, ending=".form"),
    },
    secrets=("hmac", "basic", "oauth2"),
    sign=sign,
    methods=("POST", "GET"),
    # As `#rc=5&rp=all` asks for: five more attempts, all within 15 s. The waits between them are a guess.
    retries=Retries(waits=(1,) * 5, timeout=15, read=_read),
    portal="Phone Numbers (or Messaging Service), A message comes in: Webhook, HTTP POST; `hmac` holds the Auth Token",
    oauth2_portal="or an AuthProfile of the Webhooks configuration API: this URL, client id and secret as in `oauth2`",
    url_suffix="#rc=5&rp=all",
    broken=(b"From=%2B16175551212&To=%2B15005550006&Body=He", "MessageSid"),
    media=MediaLinks(  # https://www.twilio.com/docs/messaging/api/media-resource
        hosts=("api.twilio.com",),
        open_hosts=("mms.twiliocdn.com", "media.twiliocdn.com"),
        credentials="basic",
        what="an API key and its secret, or the Account SID and the Auth Token",
    ),
    table={
        "sms": "yes",
        "mms": "`MediaUrl0`, ...",
        "reports": "status callbacks",
        "other": "Event Streams; published as unknown",
        "response": "2xx with TwiML",
        "retries": "once where no connection is made; with `#rc=5&rp=all` five times within 15 s",
        "id": "`MessageSid`",
    },
)
