"""Kaleyra's own side: https://developers.kaleyra.io/docs/create-sms-callback-profile-to-receive-incoming-sms-messages"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _callback(sample: str) -> Callback:
    return Callback(SAMPLES / sample, {"id": a_uuid}, sender="source", recipient="recipient", text="message")


def _read(status: int, _body: bytes) -> Verdict:
    """Take 2xx for success: a guess, as no page says it."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="kaleyra",
    title="Kaleyra",
    docs="https://developers.kaleyra.io/docs/create-sms-callback-profile-to-receive-incoming-sms-messages",
    callbacks={
        "message": _callback("inbound_sms_default_template.json"),
        "message-get": _callback("synthetic/inbound_sms_default_template.query"),
    },
    secrets=("header", "path_secret"),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal="a callback profile for incoming SMS: the URL, the default template, and a header with the secret",
    broken=(b'{"source": "910000000001", "recipient": "+910000000000", "message": "no id"}', "id"),
    methods=("POST", "GET"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "-",
        "other": "quarantined",
        "response": "200",
        "retries": "not documented",
        "id": "`id`",
    },
)
