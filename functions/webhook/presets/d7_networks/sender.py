"""D7 Networks' own side: https://d7networks.com/docs/SMS/Receive-MO-Postback"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _read(status: int, _body: bytes) -> Verdict:
    """Take 2xx for success: a guess, as no page says it."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="d7-networks",
    title="D7 Networks",
    docs="https://d7networks.com/docs/SMS/Receive-MO-Postback",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_mo.form", {"mo_id": a_uuid}, sender="sender", recipient="receiver", text="text"
        ),
    },
    secrets=("path_secret",),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal="the URL as MO postback, its {secret} replaced by that of `path_secret`",
    broken=(b"sender=%2B971576545600&receiver=SMSInfo&text=no+id", "mo_id"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "-",
        "other": "quarantined",
        "response": "200",
        "retries": "not documented",
        "id": "`mo_id`",
    },
)
