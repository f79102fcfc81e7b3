"""Bandwidth's own side: https://dev.bandwidth.com/docs/messaging/webhooks"""

from pathlib import Path

from gateway.simulator.sender import Callback, MediaLinks, Retries, Sender, Verdict, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"
ID = {"0.message.id": an_id(29)}


def _read(status: int, _body: bytes) -> Verdict:
    """Any 2xx is success; all else is tried again."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="bandwidth",
    title="Bandwidth",
    docs="https://dev.bandwidth.com/docs/messaging/webhooks",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms.json",
            ID,
            sender="0.message.from",
            recipient="0.message.owner",
            text="0.message.text",
        ),
        "mms": Callback(
            SAMPLES / "inbound_group_mms.json",
            ID,
            sender="0.message.from",
            recipient="0.message.owner",
            text="0.message.text",
        ),
        "report": Callback(SAMPLES / "message_delivered.json", ID, sender="0.message.from", recipient="0.to"),
        "report-failed": Callback(SAMPLES / "message_failed.json", ID, sender="0.message.from", recipient="0.to"),
        "unknown": Callback(
            [{"type": "something-new", "message": {"id": "14762070468292kw2fuqty55yp2b2"}}], {"0.message.id": an_id(29)}
        ),
    },
    secrets=("basic",),
    # For 24 h after the first attempt. The waits are not documented; doubled minutes are a guess.
    retries=Retries(waits=tuple(60.0 * 2**n for n in range(10)), timeout=10, read=_read),
    portal="Applications, your messaging application: the callback URL, user name and password as in `basic`",
    broken=(
        b'[{"type": "message-received", "to": "+12345678902", "message": {"from": "+12345678901", "text": "Hi"}}]',
        "message.id",
    ),
    media=MediaLinks(  # https://dev.bandwidth.com/docs/messaging
        hosts=("messaging.bandwidth.com",), credentials="basic", what="the API user and its password"
    ),
    table={
        "sms": "`message-received`",
        "mms": "`media`, groups too",
        "reports": "by recipient",
        "other": "published as unknown",
        "response": "2xx within 10 s",
        "retries": "for 24 h",
        "id": "`message.id`",
    },
)
