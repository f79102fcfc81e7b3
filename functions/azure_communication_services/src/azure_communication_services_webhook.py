"""Azure Communication Services: inbound SMS and delivery reports, posted by Azure Event Grid.

https://learn.microsoft.com/azure/event-grid/communication-services-telephony-sms-events
"""

from inbound_sms.api import (
    CustomHeader,
    Event,
    Identifier,
    InternationalNumberField,
    InvalidPayload,
    IsoTime,
    Lenient,
    Number,
    NumberField,
    Parsed,
    PathSecret,
    Payload,
    Provider,
    Request,
    Response,
    Several,
    StaticAuthorization,
    Status,
    delivery_report,
    each_item,
    message,
    read,
    unknown,
    webhook,
    with_opt_out,
)

import json
import re
from contextlib import suppress
from typing import Any

from pydantic import AliasChoices, AliasGenerator, ConfigDict, Field
from pydantic.alias_generators import to_camel, to_pascal

# ---- What Event Grid posts: an array of events in its own schema, or in that of CloudEvents 1.0 an object ------------

_INBOUND = "Microsoft.Communication.SMSReceived"
_REPORT = "Microsoft.Communication.SMSDeliveryReportReceived"
_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
# deliveryStatusDetails: a code of its table of errors, or what is sent for it
_OPTED_OUT = re.compile(r"\b4007\b|^Sender blocked for given recipient")
STATUSES: dict[str, Status] = {"Delivered": "delivered", "Failed": "failed"}


def _names(name: str) -> AliasChoices:
    """Return how a field is written: `messageId`; in older examples, and `Tag` in all, `MessageId`."""
    return AliasChoices(to_camel(name), to_pascal(name))


class Data(Payload):
    """A field `data`. Models of it find each field by both of its names."""

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=_names))


class Sms(Data):
    """What messages and reports have in common."""

    message_id: Identifier
    received_timestamp: IsoTime = None


class Inbound(Sms):
    """An inbound message."""

    # The API takes numbers of ours in E.164, and they come back without the plus. Of senders nothing is said.
    sender: NumberField = Field(validation_alias=_names("from"), default=Number())
    to: InternationalNumberField = Number()
    message: str | None = None
    segment_count: Lenient[int] = None


class Attempt(Data):
    """One attempt to deliver a message of ours."""

    segments_succeeded: int = 0
    segments_failed: int = 0


class Report(Sms):
    """What became of a message of ours."""

    sender: InternationalNumberField = Field(validation_alias=_names("from"), default=Number())
    to: InternationalNumberField = Number()
    delivery_status: Lenient[str] = None
    delivery_status_details: Lenient[str] = None
    delivery_attempts: Lenient[Several[Attempt]] = None
    tag: Lenient[str] = None


def parse(request: Request) -> list[Parsed]:
    """Read a batch of events, or one alone."""
    payload = request.json()
    return each_item(request, payload if isinstance(payload, list) else [payload], _event)


def _event(request: Request, item: dict[str, Any]) -> Event | list[Event]:
    """Read one event: `eventType` is its type in Event Grid's own schema, `type` in that of CloudEvents."""
    kind = item.get("eventType", item.get("type"))
    if kind == _INBOUND:
        return _inbound(request, item)
    if kind == _REPORT:
        return _report(request, item)
    return unknown(request, payload=item, provider_type=None if kind is None else str(kind))


def _inbound(request: Request, item: dict[str, Any]) -> Event:
    sms = read(Inbound, item, "data")
    return message(
        request,
        sms.message_id,
        message_id=sms.message_id,
        sender=sms.sender,
        recipient=sms.to,
        text=sms.message,
        segments=sms.segment_count,
        provider_received_at=sms.received_timestamp,
        payload=item,
    )


def _report(request: Request, item: dict[str, Any]) -> list[Event]:
    report = read(Report, item, "data")
    segments = [attempt.segments_succeeded + attempt.segments_failed for attempt in report.delivery_attempts or ()]
    event = delivery_report(
        request,
        f"{report.message_id}:{report.delivery_status}",
        message_id=report.message_id,
        client_reference=report.tag,
        sender=report.sender,
        recipient=report.to,
        status=STATUSES.get(report.delivery_status or "", "unknown"),
        provider_status=report.delivery_status,
        description=report.delivery_status_details,
        segments=segments[-1] if segments else None,
        reported_at=report.received_timestamp,
        payload=item,
    )
    return with_opt_out(request, event, said=bool(_OPTED_OUT.search(report.delivery_status_details or "")))


# ---- Handshakes: Event Grid delivers nothing to a URL before it consents ---------------------------------------------


class Validation(Data):
    """What a subscription's validation brings."""

    validation_code: str


def validation(request: Request) -> Response | None:
    """Return the code by which Event Grid validates a subscription in its own schema; it has to be 200."""
    with suppress(InvalidPayload):  # which `parse` will find again
        events = request.json()
        if isinstance(events, list) and len(events) == 1 and _is_validation(events[0]):
            code = read(Validation, events[0], "data").validation_code
            return Response(200, json.dumps({"validationResponse": code}, separators=(",", ":")))
    return None


def _is_validation(event: object) -> bool:
    return isinstance(event, dict) and event.get("eventType") == _VALIDATION


def permission(request: Request) -> Response | None:
    """Permit deliveries of CloudEvents by whoever asks; that says nothing of who may authenticate.

    https://github.com/cloudevents/spec/blob/v1.0/http-webhook.md#4-abuse-protection
    """
    origin = request.headers.get("webhook-request-origin", "")
    if request.method != "OPTIONS" or not origin:
        return None
    granted = {"Allow": "POST", "WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
    return Response(200, headers=granted)


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Event Grid docs: headers with fixed values (delivery properties), a secret in the URL, or a token of Microsoft Entra
# ID. 200 to 204 within 30 s are success; 400, 401, 403 and 413 are final.

AZURE_COMMUNICATION_SERVICES = Provider(
    name="azure-communication-services",
    parse=parse,
    schemes=(CustomHeader(), StaticAuthorization(), PathSecret()),
    preflight=permission,
    handshake=validation,
)

handler = webhook(AZURE_COMMUNICATION_SERVICES)
