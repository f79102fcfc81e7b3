"""Africa's Talking's own side: http://docs.africastalking.com/sms/notifications"""

import secrets
from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"


def _a_phone(_number: int) -> str:
    """Make another person's number."""
    return f"+2547{secrets.randbelow(10**8):08}"


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 200; others report it, no page says so."""
    return again_unless(status == 200)


SENDER = Sender(
    name="africas-talking",
    title="Africa's Talking",
    docs="https://developers.africastalking.com/docs/sms/notifications",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.form", {"id": a_uuid}, sender="from", recipient="to", text="text"),
        "report": Callback(SAMPLES / "delivery_report.form", {"id": an_id(32, "ATXid_")}, recipient="phoneNumber"),
        "consent": Callback(
            SAMPLES / "bulk_opt_out.form", {"phoneNumber": _a_phone}, sender="phoneNumber", recipient="senderId"
        ),
        "unknown": Callback(SAMPLES / "synthetic/subscription.form", {"phoneNumber": _a_phone}),
    },
    secrets=("path_secret",),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal=(
        "SMS, SMS Callback URLs: the URL as Incoming Messages, Delivery Reports and Bulk SMS Opt Out, its {secret} "
        "replaced by that of `path_secret`"
    ),
    broken=(b"linkId=03090445075804249226&text=Hello&to=21512", "id"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "yes",
        "other": "opt-outs; subscriptions are published as unknown",
        "response": "200",
        "retries": "not documented",
        "id": "`id`",
    },
)
