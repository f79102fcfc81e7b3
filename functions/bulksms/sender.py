"""BulkSMS's own side: https://www.bulksms.com/developer/webhooks/"""

import secrets
from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict

SAMPLES = Path(__file__).parent / "samples"


def _an_id(_number: int) -> str:
    return str(10**18 + secrets.randbelow(10**18))


def _read(status: int, _body: bytes) -> Verdict:
    """1xx and 2xx are success. After a 4xx the message is discarded; all else is a temporary problem."""
    if status < 300:
        return Verdict.DELIVERED
    return Verdict.GIVEN_UP if 400 <= status < 500 else Verdict.AGAIN


SENDER = Sender(
    name="bulksms",
    title="BulkSMS",
    docs="https://www.bulksms.com/developer/webhooks/",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_mo.json",
            {"0.id": _an_id},
            sender="0.from.address",
            recipient="0.to.address",
            text="0.body.value",
        ),
        "report": Callback(
            SAMPLES / "synthetic/status_report.json", {"0.id": _an_id}, sender="0.from", recipient="0.to"
        ),
        "unknown": Callback([{"id": "1", "type": "SOMETHING_NEW"}], {"0.id": _an_id}),
    },
    secrets=("path_secret",),
    # 90 s, 3, 6 and 12 min; then every 15 min for two days.
    retries=Retries(waits=(90, 180, 360, 720, *(900,) * 192), timeout=30, read=_read),
    portal="Developer Settings, Webhooks, one for received, one for sent messages: {secret} is `path_secret`",
    broken=(b'[{"type": "RECEIVED", "from": "+27000000000", "body": "no id"}]', "id"),
    table={
        "sms": "`RECEIVED`",
        "mms": "not offered",
        "reports": "`SENT`, by message",
        "other": "published as unknown",
        "response": "2xx within 30 s",
        "retries": "90 s, 3, 6, 12 min, then every 15 min for 2 days; never after a 4xx",
        "id": "`id`",
    },
)
