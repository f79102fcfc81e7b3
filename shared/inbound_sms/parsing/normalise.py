"""Builds the events: adds to the provider's fields what only the gateway knows."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

from inbound_sms.events import DeliveryReport, Event, LinkClick, Message, SurveyAnswers, Unknown
from inbound_sms.parsing.request import Request
from inbound_sms.parsing.text import is_opt_out


def message(request: Request, own_id: str, *, payload: object, opt_out: bool | None = None, **fields: Any) -> Event:
    """Return the event of an inbound message.

    `own_id` is the provider's id, the same in every retry. `payload` is what the provider sent. `opt_out` is the
    provider's own verdict; None leaves it to the opt-out words. `fields` are those of Message.
    """
    if opt_out is None:
        opt_out = is_opt_out(fields.get("text"), request.settings.opt_out_words)
    return Event.of(own_id, Message(**_common_fields(request, payload), **fields, opt_out=opt_out))


def delivery_report(request: Request, own_id: str, *, payload: object, **fields: Any) -> Event:
    """Return the event of a delivery report. `own_id` and `payload` are as for `message`, `fields` of DeliveryReport."""
    return Event.of(own_id, DeliveryReport(**_common_fields(request, payload), **fields))


def link_click(request: Request, own_id: str, *, payload: object, **fields: Any) -> Event:
    """Return the event of a click. `own_id` and `payload` are as for `message`, `fields` of LinkClick."""
    return Event.of(own_id, LinkClick(**_common_fields(request, payload), **fields))


def survey_answers(request: Request, own_id: str, *, payload: object, **fields: Any) -> Event:
    """Return the event of a survey's answers. `own_id` and `payload` are as for `message`, `fields` of SurveyAnswers."""
    return Event.of(own_id, SurveyAnswers(**_common_fields(request, payload), **fields))


def unknown(request: Request, *, payload: Mapping[str, Any], note: str | None = None, **fields: Any) -> Event:
    """Return the event of a callback that there is no model for. `fields` are those of Unknown.

    `note` is logged, so it may not quote the payload. The event's id is the hash of what was sent (the same in every
    retry) and, in a batch, the index of the item.
    """
    own_id = f"sha256:{request.content_hash}" + ("" if request.item is None else f":{request.item}")
    return Event.of(own_id, Unknown(**_common_fields(request, payload), **fields, note=note))


def _common_fields(request: Request, payload: object) -> dict[str, Any]:
    return {
        "provider": request.provider,
        "received_at": request.received_at,
        "authenticated_by": request.authenticated_by,
        "delivery_id": request.delivery_id,
        "provider_payload": reduce(_masked, request.confidential, payload),
    }


def _masked(value: object, secret: str) -> object:
    """Mask a path secret: some providers repeat our URL in every message, and subscribers get the whole payload."""
    if isinstance(value, str):
        return value.replace(secret, "***")
    if isinstance(value, list):
        return [_masked(each, secret) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each, secret) for key, each in value.items()}
    return value
