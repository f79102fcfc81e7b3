"""MessageMedia's own side: https://support.messagemedia.com/articles/49982-enterprise-webhooks"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="messagemedia",
    title="MessageMedia",
    docs="https://support.messagemedia.com/articles/49982-enterprise-webhooks",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_received_sms_template.json",
            {"MoId": a_uuid},
            sender="SourceAddress",
            recipient="DestinationAddress",
            text="Content",
        ),
    },
    secrets=("header", "path_secret"),
    # Neither its retries nor its time-out are documented: one more attempt after a minute, and 10 s, are guesses.
    retries=Retries(waits=(60,), timeout=10, read=_read),
    portal="a webhook for RECEIVED_SMS: the URL, JSON, the template of its page, and a header with the secret",
    broken=(b'{"SourceAddress": "+61412345678", "DestinationAddress": "+61491570156", "Content": "no id"}', "MoId"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "-",
        "other": "quarantined",
        "response": "200",
        "retries": "not documented",
        "id": "`MoId`",
    },
)
