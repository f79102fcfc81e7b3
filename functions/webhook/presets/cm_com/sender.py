"""CM.com's own side: https://developers.cm.com/messaging/docs/incoming-messages"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, again_unless, an_iso_time, marked

SAMPLES = Path(__file__).parent / "samples"


def _read(status: int, _body: bytes) -> Verdict:
    """Success is exactly 200."""
    return again_unless(status == 200)


SENDER = Sender(
    name="cm-com",
    title="CM.com",
    docs="https://developers.cm.com/messaging/docs/incoming-messages",
    callbacks={
        "message": Callback(
            SAMPLES / "synthetic/inbound_sms.json",
            {"timeUtc": an_iso_time, "message.text": marked("Reply text")},
            sender="from.number",
            recipient="to.number",
            text="message.text",
        ),
        "message-older": Callback(
            SAMPLES / "inbound_mo.json", {"reference": marked("ref")}, sender="from", recipient="to", text="body"
        ),
        "unknown": Callback(
            SAMPLES / "synthetic/inbound_whatsapp.json", {"message.text": marked("Reply text")}, sender="from.number"
        ),
    },
    secrets=("path_secret",),
    # Every five minutes for a month at most; its time-out isn't documented.
    retries=Retries(waits=(300,) * 8_640, timeout=10, read=_read),
    portal="Channels, SMS: the URL as webhook, its {secret} replaced by that of `path_secret`",
    broken=(
        b'{"from": {"number": "0031612345678"}, "to": {"number": "0031612340000"}, "timeUtc": "x"}',
        "message.text",
    ),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "-",
        "other": "other channels are published as unknown",
        "response": "200",
        "retries": "every 5 min for a month",
        "id": "hash of sender, recipient, text and `timeUtc`",
    },
)
