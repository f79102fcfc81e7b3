"""ClickSend's own side: https://developers.clicksend.com/docs/automations/sms"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"
ID = {"message_id": a_uuid}


def _read(status: int, _body: bytes) -> Verdict:
    """Success is exactly 200."""
    return again_unless(status == 200)


SENDER = Sender(
    name="clicksend",
    title="ClickSend",
    docs="https://developers.clicksend.com/docs/automations/sms",
    callbacks={
        "message": Callback(SAMPLES / "inbound_sms.form", ID, sender="from", recipient="to", text="body"),
        "message-json": Callback(SAMPLES / "inbound_sms.json", ID, sender="from", recipient="to", text="body"),
        "get": Callback(SAMPLES / "synthetic/inbound_sms.query", ID, sender="from", recipient="to", text="body"),
        "report": Callback(SAMPLES / "synthetic/delivery_report.form", ID),
        "unknown": Callback(SAMPLES / "synthetic/voice_receipt.form", ID),
    },
    secrets=("path_secret",),
    methods=("POST", "GET"),
    # "Every minute until we reach 10 retries"; "after 10 attempts" it is over. The fewer, the harder for us: nine more.
    # Its time-out is not documented; 10 s is a guess.
    retries=Retries(waits=(60,) * 9, timeout=10, read=_read),
    portal=(
        "SMS, Settings, Inbound SMS Settings: a rule with the action URL, its {secret} replaced by that of "
        "`path_secret`; the same under SMS Delivery Report Settings"
    ),
    broken=(b"originalsenderid=&message=Yes&sms=%2B61411111111&to=%2B61422222222&body=Ye", "message_id"),
    table={
        "sms": "yes",
        "mms": "not documented",
        "reports": "yes",
        "other": "voice receipts are published as unknown",
        "response": "exactly 200",
        "retries": "every minute, 10 times",
        "id": "`message_id`",
    },
)
