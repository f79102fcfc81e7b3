"""Event Grid's side, which posts for Azure Communication Services.

https://learn.microsoft.com/azure/event-grid/delivery-and-retry
"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid

SAMPLES = Path(__file__).parent / "samples"


def _an_incoming_id(number: int) -> str:
    return f"Incoming_{a_uuid(number)}"


def _an_outgoing_id(number: int) -> str:
    return f"Outgoing_{a_uuid(number)}"


def _read(status: int, _body: bytes) -> Verdict:
    """Only 200 to 204 are success; "the types of endpoints and errors for which retry doesn't happen": four."""
    if 200 <= status <= 204:
        return Verdict.DELIVERED
    return Verdict.GIVEN_UP if status in {400, 401, 403, 413} else Verdict.AGAIN


SENDER = Sender(
    name="azure-communication-services",
    title="Azure Communication Services",
    docs="https://learn.microsoft.com/azure/event-grid/communication-services-telephony-sms-events",
    callbacks={
        "message": Callback(
            SAMPLES / "sms_received_eventgrid.json",
            {"0.id": a_uuid, "0.data.messageId": _an_incoming_id},
            sender="0.data.from",
            recipient="0.data.to",
            text="0.data.message",
        ),
        "message-cloudevent": Callback(
            SAMPLES / "sms_received_cloudevent.json",
            {"id": a_uuid, "data.messageId": _an_incoming_id},
            sender="data.from",
            recipient="data.to",
            text="data.message",
        ),
        "report": Callback(
            SAMPLES / "sms_delivery_report.json",
            {"0.id": _an_outgoing_id, "0.data.messageId": _an_outgoing_id},
            sender="0.data.from",
            recipient="0.data.to",
        ),
        "unknown": Callback(SAMPLES / "synthetic/subscription_deleted.json", {"0.id": a_uuid}),
    },
    secrets=("header", "authorization", "path_secret"),
    # "10 seconds, 30 seconds, 1 minute, ... 6 hours, every 12 hours up to 24 hours".
    retries=Retries(waits=(10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200), timeout=30, read=_read),
    portal=(
        "the resource's Events, + Event Subscription: event types SMS Received and SMS Delivery Report Received, "
        "endpoint type Web Hook with the URL, and under Delivery Properties the header of `header`, Static, Is secret"
    ),
    broken=(
        b'[{"eventType": "Microsoft.Communication.SMSReceived", "data": {"from": "15555555556", "message": "Hi"}}]',
        "data.messageId",
    ),
    table={
        "sms": "yes",
        "mms": "not offered",
        "reports": "yes",
        "other": "published as unknown",
        "response": "200",
        "retries": "after 10 s, 30 s, 1, 5, 10, 30 min, 1, 3, 6, 12 h; never after a 400, 401, 403, 413",
        "id": "`data.messageId`",
    },
)
