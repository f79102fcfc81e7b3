"""TextLocal's own side: https://api.txtlocal.com/docs/inboundmessages/postmessages"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, again_unless, marked

SAMPLES = Path(__file__).parent / "samples"


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 200."""
    return again_unless(status == 200)


SENDER = Sender(
    name="textlocal",
    title="TextLocal",
    docs="https://api.txtlocal.com/docs/inboundmessages/postmessages",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms.form",
            {"content": marked("KEYWORD hello")},
            sender="sender",
            recipient="inNumber",
            text="content",
        ),
    },
    secrets=("path_secret",),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal="the inbox's forwarding: the URL, its {secret} replaced by that of `path_secret`",
    broken=(b"sender=447123456789&inNumber=447786202240&credits=99", "content"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "-",
        "other": "quarantined",
        "response": "200",
        "retries": "not documented",
        "id": "hash of sender, recipient, text and `credits`",
    },
)
