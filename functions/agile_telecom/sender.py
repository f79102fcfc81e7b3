"""Agile Telecom's own side: https://agiletelecom.com/documentation/inbound-sms, .../qlara/guides/webhooks"""

from pathlib import Path

from gateway.simulator.sender import (
    Callback,
    Retries,
    Sender,
    Verdict,
    a_clock_time,
    a_uuid,
    again_unless,
    an_iso_time,
    marked,
)

SAMPLES = Path(__file__).parent / "samples"

CALLBACKS = {
    "message": Callback(
        SAMPLES / "synthetic/inbound_encoded.form",
        {"date_time": a_clock_time, "text": marked("News ON")},
        sender="originator",
        recipient="destination",
        text="text",
    ),
    "message-json": Callback(
        SAMPLES / "synthetic/qlara_inbound_sms.json",
        {"timestamp": an_iso_time, "text": marked("Yes, I confirm my appointment")},
        sender="source",
        recipient="destination",
        text="text",
    ),
    "report": Callback(SAMPLES / "qlara_delivery.json", {"messageId": a_uuid}, recipient="destination"),
    "report-older": Callback(SAMPLES / "guides_webhooks_delivery.json", {"messageId": a_uuid}, recipient="phoneNumber"),
    "read": Callback(SAMPLES / "synthetic/qlara_read.json", {"messageId": a_uuid}, recipient="destination"),
    "unknown": Callback({"eventType": "SOMETHING_NEW", "messageId": "-"}, {"messageId": a_uuid}),
}


def _read(status: int, body: bytes) -> Verdict:
    """Success is the body, exactly. No page of its names a status; an error that says +OK is taken for an error."""
    return again_unless(status == 200 and body == b"+OK")


SENDER = Sender(
    name="agile-telecom",
    title="Agile Telecom",
    docs="https://agiletelecom.com/documentation/inbound-sms",
    callbacks=CALLBACKS,
    secrets=("path_secret",),
    # Every 15 minutes, 30 s for a response. Whether 3 attempts are all or come after the first is not clear: the fewer,
    # the harder for us.
    retries=Retries(waits=(900,) * 2, timeout=30, read=_read),
    portal="give Agile Telecom the URL (callbackUrl, too), its {secret} replaced by that of `path_secret`",
    broken=(b"originator=%2B393351234567&destination=%2B393331234333&te", "date_time"),
    table={
        "sms": "yes",
        "mms": "not documented",
        "reports": "yes (JSON webhooks)",
        "other": "published as unknown",
        "response": "200, `text/plain`, `+OK`",
        "retries": "every 15 min, 3 times",
        "id": "SHA-256 of the four values",
    },
)
