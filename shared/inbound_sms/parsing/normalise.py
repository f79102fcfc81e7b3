"""From what a provider said to events: adds what only the gateway knows."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

from inbound_sms.events import DeliveryReport, Event, LinkClick, Message, SurveyAnswers, Unknown
from inbound_sms.parsing.request import Request
from inbound_sms.parsing.text import is_opt_out


def message(request: Request, own_id: str, *, payload: object, opt_out: bool | None = None, **said: Any) -> Event:
    """Return the event of an inbound message.

    `own_id` is the provider's own id, the same in every retry; `payload` what the provider sent; `opt_out` the
    provider's own verdict, where it gives one; `said` are fields of Message.
    """
    if opt_out is None:
        opt_out = is_opt_out(said.get("text"), request.settings.opt_out_words)
    return Event.of(own_id, Message(**_arrival(request, payload), **said, opt_out=opt_out))


def delivery_report(request: Request, own_id: str, *, payload: object, **said: Any) -> Event:
    """Return the event of a delivery report; `said` are fields of DeliveryReport."""
    return Event.of(own_id, DeliveryReport(**_arrival(request, payload), **said))


def link_click(request: Request, own_id: str, *, payload: object, **said: Any) -> Event:
    """Return the event of a click; `said` are fields of LinkClick."""
    return Event.of(own_id, LinkClick(**_arrival(request, payload), **said))


def survey_answers(request: Request, own_id: str, *, payload: object, **said: Any) -> Event:
    """Return the event of a survey's answers; `said` are fields of SurveyAnswers."""
    return Event.of(own_id, SurveyAnswers(**_arrival(request, payload), **said))


def unknown(request: Request, *, payload: Mapping[str, Any], note: str | None = None, **said: Any) -> Event:
    """Return the event of a callback that there is no model for; `said` are fields of Unknown.

    `note` must not quote the payload: it is logged. The event's id is the hash of what was sent, the same in every
    retry, and the index of the item in a batch.
    """
    own_id = f"sha256:{request.content_hash}" + ("" if request.item is None else f":{request.item}")
    return Event.of(own_id, Unknown(**_arrival(request, payload), **said, note=note))


def _arrival(request: Request, payload: object) -> dict[str, Any]:
    return {
        "provider": request.provider,
        "received_at": request.received_at,
        "authenticated_by": request.authenticated_by,
        "delivery_id": request.delivery_id,
        "provider_payload": reduce(_without, request.confidential, payload),
    }


def _without(value: object, secret: str) -> object:
    """Mask a secret of the URL's path: some providers repeat our URL in every message, which all subscribers get."""
    if isinstance(value, str):
        return value.replace(secret, "***")
    if isinstance(value, list):
        return [_without(each, secret) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, secret) for key, each in value.items()}
    return value
