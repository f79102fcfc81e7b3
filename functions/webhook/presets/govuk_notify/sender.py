"""GOV.UK Notify's own side: https://docs.notifications.service.gov.uk/rest-api.html#callbacks"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid

SAMPLES = Path(__file__).parent / "samples"
ID = {"id": a_uuid}


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx; 429 and 5xx are tried again, nothing else is."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.AGAIN if status >= 500 or status == 429 else Verdict.GIVEN_UP


SENDER = Sender(
    name="govuk-notify",
    title="GOV.UK Notify",
    docs="https://docs.notifications.service.gov.uk/rest-api.html",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms.json", ID, sender="source_number", recipient="destination_number", text="message"
        ),
        "report": Callback(SAMPLES / "synthetic/delivery_receipt.json", ID, recipient="to"),
        "unknown": Callback(SAMPLES / "synthetic/delivery_receipt_email.json", ID),
    },
    secrets=("authorization",),
    retries=Retries(waits=(300,) * 5, timeout=5, read=_read),
    portal="API integration, Callbacks: the URL and, as bearer token, what stands behind `Bearer` in `authorization`",
    broken=(b'{"source_number": "447700912345", "message": "no id"}', "id"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "yes",
        "other": "published as unknown",
        "response": "2xx",
        "retries": "after 429 and 5xx only: 5 times, every 5 min",
        "id": "`id`",
    },
)
