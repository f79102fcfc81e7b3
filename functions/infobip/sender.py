"""Infobip's own side: https://www.infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"
ID = {"results.0.messageId": a_uuid}


def _read(status: int, _body: bytes) -> Verdict:
    """Infobip docs: 200 accepts the callback. Of other codes they say nothing; that 2xx does, too, is a guess."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="infobip",
    title="Infobip",
    docs="https://www.infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_sms.json",
            ID,
            sender="results.0.from",
            recipient="results.0.to",
            text="results.0.text",
        ),
        "mms": Callback(
            SAMPLES / "inbound_mms.json",
            ID,
            sender="results.0.from",
            recipient="results.0.to",
            text="results.0.message.0.value",
        ),
        "report": Callback(SAMPLES / "delivery_report.json", ID, recipient="results.0.to"),
        "click": Callback(SAMPLES / "synthetic/click.json", {"messageId": a_uuid}, recipient="recipient"),
        "unknown": Callback({"eventType": "SOMETHING_NEW", "id": "1"}, {"id": a_uuid}),
    },
    secrets=("basic", "oauth2"),
    # "1min + (1min * retryNumber * retryNumber)", counted from 0. Twenty of them make its 41 h 30 min. The time-out is
    # not documented; 10 s is a guess.
    retries=Retries(waits=tuple(60.0 * (1 + n * n) for n in range(20)), timeout=10, read=_read),
    portal="Numbers, its SMS configuration: Forward to HTTP; or Developer Tools, Subscriptions Management: URL, BASIC",
    oauth2_portal="or OAUTH instead of BASIC: token URL, client id and secret as in `oauth2`, grant client_credentials",
    broken=(
        b'{"results": [{"from": "385916242493", "to": "385921004026", "text": "Hi"}], "messageCount": 1}',
        "messageId",
    ),
    table={
        "sms": "`results`",
        "mms": "`message` parts",
        "reports": "by message",
        "other": "clicks; published as unknown",
        "response": "200",
        "retries": "after 1 min + n² min, for n = 0, 1, ..., up to 41 h 30 min",
        "id": "`messageId`",
    },
)
