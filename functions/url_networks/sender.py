"""URL Networks' own side: https://url.net.au/support/help-articles/receive-sms-via-webhook"""

from pathlib import Path
from urllib.parse import quote, urlencode

from gateway.simulator.formats import Payload
from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _with_bare_urls(payload: Payload) -> bytes:
    """Write the form as the documentation shows it."""
    return urlencode(payload, quote_via=quote, safe=":/@").encode()


def _read(status: int, _body: bytes) -> Verdict:
    """Success is exactly 200."""
    return again_unless(status == 200)


SENDER = Sender(
    name="url-networks",
    title="URL Networks",
    docs="https://url.net.au/support/help-articles/receive-sms-via-webhook",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sample.form",
            {"message_id": a_uuid},
            sender="from",
            recipient="sms_number",
            text="body",
            write=_with_bare_urls,
        )
    },
    secrets=("path_secret",),
    # Ten attempts. Their interval and the time-out are not documented; a minute and 10 s are guesses.
    retries=Retries(waits=(60,) * 9, timeout=10, read=_read),
    portal="Account, PBX service, Numbers, SMS: the URL, its {secret} replaced by that of `path_secret`",
    broken=(b"service_id=12345&from=61400000001&sms_number=61480000000&body=Te", "message_id"),
    table={
        "sms": "yes",
        "mms": "not documented",
        "reports": "not documented",
        "other": "quarantined",
        "response": "exactly 200",
        "retries": "up to 10 attempts, then e-mail",
        "id": "`message_id`",
    },
)
