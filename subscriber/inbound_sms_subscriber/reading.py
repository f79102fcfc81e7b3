"""Reads a typed event from whatever SNS delivered."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, ValidationError

from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Data, Event
from inbound_sms.events.all import EVENT_DATA
from inbound_sms.model import first_fault

_DATA = {data.TYPE: data for data in EVENT_DATA}


class OtherData(Data):
    """The data of an event whose type this version doesn't know. Its fields are in `model_extra`."""

    model_config = ConfigDict(extra="allow")


def event_of(delivered: str | bytes | Mapping[str, Any]) -> Event:
    """Return the delivered event, whose `data` is of the class for its type (Message, ...). Raises InvalidPayload.

    `delivered` is a record of SQS or SNS or an event of EventBridge as Lambda gets it, a message of SQS as boto3
    receives it, or a string: the event itself (raw delivery), or the envelope of SNS or EventBridge around it. It is
    not verified, because the policy of the queue or function says who may write to it. Use SnsEndpoint for what is
    posted by HTTPS, which verifies the sender.
    """
    content = _content_of(delivered)
    if "specversion" in content:
        return _event(content)
    if content.get("Type") == "Notification":
        return _event(_parsed(content.get("Message")))
    detail = content.get("detail") if "detail-type" in content else None  # EventBridge
    return _event(detail if isinstance(detail, Mapping) else content)


def _content_of(delivered: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(delivered, str | bytes):
        return _parsed(delivered)
    for name in ("body", "Body"):  # a record of Lambda, a message of boto3
        if name in delivered:
            return _parsed(delivered[name])
    envelope = delivered.get("Sns", delivered)
    return envelope if isinstance(envelope, Mapping) else _parsed(envelope)


def _parsed(text: object) -> Mapping[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str | bytes) else None
    except (ValueError, RecursionError):
        raise InvalidPayload("not JSON") from None
    if not isinstance(value, dict):
        raise InvalidPayload("not a JSON object")
    return value


def _event(content: Mapping[str, Any]) -> Event:
    event_type = content.get("type")
    model = _DATA.get(event_type, OtherData) if isinstance(event_type, str) else OtherData
    try:
        return Event.model_validate({**content, "data": model.model_validate(content.get("data"))})
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, where or "data") from None
