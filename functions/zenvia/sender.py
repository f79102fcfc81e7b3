"""Zenvia's own side: https://zenvia.github.io/zenvia-openapi-spec/v2/#tag/Webhooks"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless, an_id

SAMPLES = Path(__file__).parent / "samples"


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 200: no page names another."""
    return again_unless(status == 200)


SENDER = Sender(
    name="zenvia",
    title="Zenvia",
    docs="https://zenvia.github.io/zenvia-openapi-spec/v2/#tag/Webhooks",
    callbacks={
        "message": Callback(
            SAMPLES / "inbound_message.json",
            {"id": a_uuid, "message.id": an_id(16, "hs")},
            sender="message.from",
            recipient="message.to",
            text="message.contents.0.text",
        ),
        "report": Callback(
            SAMPLES / "synthetic/message_status_not_delivered.json",
            {"id": a_uuid, "message.id": an_id(16, "hs")},
            sender="message.from",
            recipient="message.to",
        ),
        "unknown": Callback(SAMPLES / "synthetic/contact.json", {"id": a_uuid}),
    },
    secrets=("header", "authorization", "oauth2"),
    # "At least 30 seconds between each request attempt", "at most 30 request attempts"; time-outs of 5 s.
    retries=Retries(waits=(30,) * 29, timeout=5, read=_read),
    portal=(
        "app.zenvia.com/home/api, a webhook for MESSAGE (SMS, direction IN) and one for MESSAGE_STATUS: the URL, and "
        "among `headers` the one of `header`"
    ),
    oauth2_portal="or `auth` of type OAUTH: this URL, `clientId` and `clientSecret` as in `oauth2`",
    broken=(
        b'{"type": "MESSAGE", "channel": "sms", "direction": "IN", "message": {"from": "5510999999999"}}',
        "message.id",
    ),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "`MESSAGE_STATUS`",
        "other": "published as unknown; copies of what you send are ignored",
        "response": "200, within 1 s",
        "retries": "every 30 s or more, 30 attempts",
        "id": "`message.id`",
    },
)
