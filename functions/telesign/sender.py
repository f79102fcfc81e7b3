"""Telesign's own side: https://developer.telesign.com/enterprise/docs/inbound-sms"""

import base64
import hmac
from pathlib import Path

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
CUSTOMER = "FFFFFFFF-EEEE-DDDD-1234-AB1234567890"


def _an_id(number: int) -> str:
    return str(an_id(32)(number)).upper()


def sign(post: Post, secret: str) -> Post:
    """Sign a callback: https://developer.telesign.com/enterprise/docs/authenticate-callbacks

    Telesign sends the same in X-TS-Authorization; one of the two is enough to verify it.
    """
    digest = hmac.digest(base64.b64decode(f"{secret}=="), post.body, "sha256")
    return post.with_header("Authorization", f"TSA {CUSTOMER}:{base64.b64encode(digest).decode()}")


def _read(status: int, _body: bytes) -> Verdict:
    """Exactly 200 is success; all else is tried again."""
    return again_unless(status == 200)


SENDER = Sender(
    name="telesign",
    title="Telesign",
    docs="https://developer.telesign.com/enterprise/docs/inbound-sms",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms.json",
            {"reference_id": _an_id},
            sender="user_response.phone_number",
            recipient="user_response.sender_id",
            text="user_response.mo_message",
        ),
        "mms": Callback(
            SAMPLES / "synthetic/inbound_mms.json",
            {"reference_id": _an_id},
            sender="phone_number",
            text="content.text_1",
        ),
        "report": Callback(SAMPLES / "synthetic/delivery_report.json", {"reference_id": _an_id}),
        "unknown": Callback(
            {"reference_id": "0123456789ABCDEF0123456789ABCDEF", "sub_resource": "mo_pigeon"}, {"reference_id": _an_id}
        ),
    },
    secrets=("hmac",),
    sign=sign,
    # "The server waits 10 seconds, then tries again. If the second attempt fails, the server waits 30 seconds and then
    # makes a final attempt." The time-out is that of its delivery reports.
    retries=Retries(waits=(10, 30), timeout=5, read=_read),
    portal="Products, SMS, Settings, Customer Callback URLs: Add a URL; `hmac` holds the API key",
    broken=(b'{"sub_resource": "mo_sms", "user_response": {"mo_message": "no id"}}', "reference_id"),
    table={
        "sms": "`mo_sms`",
        "mms": "`mo_mms`",
        "reports": "by status",
        "other": "published as unknown",
        "response": "exactly 200",
        "retries": "10 s, 30 s",
        "id": "`reference_id`",
    },
)
