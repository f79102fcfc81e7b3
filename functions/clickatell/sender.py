"""Clickatell's own side: https://docs.clickatell.com/"""

from pathlib import Path

from gateway.simulator.sender import Callback, Payload, Retries, Sender, Verdict, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
JSON_ID = {"messageId": an_id(32)}
CENTRAL_ID = {"moMsgId": an_id(32)}


def _read(status: int, _body: bytes) -> Verdict:
    """Success is a URL that can be accessed."""
    return again_unless(200 <= status < 300)


def _part(payload: Payload, reference: int, total: int, number: int) -> None:
    payload["udh"] = f"050003{reference:02x}{total:02x}{number:02x}"


def _reply(sample: str) -> Callback:
    return Callback(SAMPLES / sample, JSON_ID, sender="fromNumber", recipient="toNumber", text="text", part=_part)


def _central(sample: str) -> Callback:
    return Callback(SAMPLES / sample, CENTRAL_ID, sender="from", recipient="to", text="text", part=_part)


SENDER = Sender(
    name="clickatell",
    title="Clickatell",
    docs="https://docs.clickatell.com/",
    callbacks={
        "message": _reply("inbound_sms.json"),
        "message-central": _central("inbound_central_legacy.form"),
        "message-get": _central("synthetic/inbound_central_legacy.query"),
        "report": Callback(SAMPLES / "synthetic/status_platform.json", JSON_ID, sender="from", recipient="to"),
        "report-central": Callback(
            SAMPLES / "synthetic/status_central.form", {"apiMsgId": an_id(32)}, sender="from", recipient="to"
        ),
        "unknown": Callback({"event": {"moText": [{"messageId": "1"}]}}, {"event.moText.0.messageId": an_id(32)}),
    },
    secrets=("basic", "path_secret"),
    methods=("POST", "GET"),
    # As Developers' Central does; the platform's schedule isn't known. Nor is how long it waits for a response.
    retries=Retries(waits=(120, 240, 480, 960, 1_500), timeout=10, read=_read),
    portal="SMS integration, Two-way settings (Central: Receive Messages): reply and status callback URL",
    broken=(b'{"fromNumber":"27830000000","toNumber":"27990000000","text":"He"}', "messageId"),
    table={
        "sms": "yes",
        "mms": "not documented",
        "reports": "yes",
        "other": "Developers' Central; published as unknown",
        "response": "2xx",
        "retries": "after 2, 4, 8, 16, 25 min",
        "id": "`messageId` (Central: `moMsgId`)",
    },
)
