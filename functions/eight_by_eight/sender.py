"""8x8's own side: https://developer.8x8.com/connect/docs/webhook-object-structure"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"

_NEW = {"payload.umid": a_uuid}
_SENDER, _RECIPIENT = "payload.source", "payload.destination"

CALLBACKS = {
    "message": Callback(SAMPLES / "inbound_sms.json", _NEW, sender=_SENDER, recipient=_RECIPIENT, text="payload.body"),
    "mms": Callback(
        SAMPLES / "synthetic/inbound_mms_mediaUrls.json",
        _NEW,
        sender=_SENDER,
        recipient=_RECIPIENT,
        text="payload.body",
    ),
    "chatapps": Callback(
        SAMPLES / "synthetic/inbound_sms_via_chatapps_v3.json",
        _NEW,
        sender="payload.user.msisdn",
        recipient="payload.recipient.channelId",
        text="payload.content.text",
    ),
    "report": Callback(SAMPLES / "delivery_receipt_undelivered.json", _NEW, sender=_SENDER, recipient=_RECIPIENT),
    "report-xml": Callback(
        SAMPLES / "delivery_receipt_undelivered.xml",
        {"root.payload.umid": a_uuid},
        sender="root.payload.source",
        recipient="root.payload.destination",
    ),
    "click": Callback(SAMPLES / "short_url_clicked.json", {"payload.eventId": a_uuid}, recipient="payload.destination"),
    "survey": Callback(SAMPLES / "sms_engage_response.json", {"umid": a_uuid}, text="answers.0.answer"),
    "unknown": Callback({"namespace": "SMS", "eventType": "something_new", "payload": {"umid": "-"}}, _NEW),
}


def _read(status: int, _body: bytes) -> Verdict:
    """4xx, 5xx and time-outs are failures; that any 2xx is a success is inferred, 3xx is not documented."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="8x8",
    title="8x8",
    docs="https://developer.8x8.com/connect/docs/webhook-object-structure",
    callbacks=CALLBACKS,
    secrets=("authorization", "oauth2"),
    # 131 s in all, if the intervals follow one another. The time-out is not documented for SMS; its page on WhatsApp
    # says 5 s.
    retries=Retries(waits=(1, 10, 30, 90), timeout=5, read=_read),
    portal="its configuration API, add-webhooks: url, and httpAuthorization as in `authorization` of the parameter",
    oauth2_portal="or its `oauth` instead of httpAuthorization: this URL, clientId and clientSecret as in `oauth2`",
    broken=(b'{"namespace":"SMS","eventType":"inbound_message_received","payload":{"body":"no umid"}}', "payload.umid"),
    table={
        "sms": "yes, also through ChatApps and in Wavecell's old format",
        "mms": "`mediaUrls`",
        "reports": "yes, JSON and XML; link clicks and survey answers, too",
        "other": "published as unknown",
        "response": "200",
        "retries": "after 1, 10, 30, 90 s",
        "id": "`umid`",
    },
)
