"""Textmagic's own side: https://textmagic.com/docs/api/receive-sms"""

import secrets
from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _an_id(_number: int) -> int:
    """Make another id."""
    return secrets.randbelow(10**12)


ID = {"id": _an_id}


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 200; with anything else the URL is treated as invalid."""
    return again_unless(status == 200)


SENDER = Sender(
    name="textmagic",
    title="Textmagic",
    docs="https://textmagic.com/docs/api/receive-sms",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.json", ID, sender="sender", recipient="receiver", text="text"),
        "message-form": Callback(SAMPLES / "inbound_sms.form", ID, sender="sender", recipient="receiver", text="text"),
        "report": Callback(SAMPLES / "synthetic/delivery_notification.json", ID, sender="sender", recipient="receiver"),
    },
    secrets=("path_secret",),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal=(
        "the API page: the URL as callback for incoming messages and for delivery notifications, its {secret} replaced "
        "by that of `path_secret`; then Test"
    ),
    broken=(b'{"sender": "447860021130", "receiver": "447624800500", "text": "Te"}', "id"),
    table={
        "sms": "yes",
        "mms": "not documented",
        "reports": "yes",
        "other": "quarantined",
        "response": "200",
        "retries": "not documented; the URL is treated as invalid",
        "id": "`id`",
    },
)
