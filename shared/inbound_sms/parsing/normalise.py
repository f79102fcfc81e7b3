"""Builds the events: adds to the provider's fields what only the gateway knows."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, Literal

from inbound_sms.events import (
    Consent,
    ConsentAction,
    ConsentChange,
    Data,
    DeliveryReport,
    Event,
    LinkClick,
    Message,
    SurveyAnswers,
    Unknown,
)
from inbound_sms.parsing.fingerprint import fingerprint_of
from inbound_sms.parsing.request import Request
from inbound_sms.parsing.text import keyword_of
from inbound_sms.settings import ParseSettings


def message(
    request: Request,
    own_id: str,
    *,
    payload: object,
    consent: ConsentAction | None = None,
    whole_payload: bool = False,
    **fields: Any,
) -> Event:
    """Return the event of an inbound message.

    `own_id` is the provider's id, the same in every retry. If the gateway makes it from what identifies the message,
    `whole_payload` has anything else that differs in the payload be a conflict. `payload` is what the provider sent.
    `consent` is the provider's own verdict; None leaves it to the keywords. `fields` are those of Message.
    """
    if place := fields.get("concatenation"):
        from inbound_sms.parsing.torn import with_halves  # noqa: PLC0415 - few messages come in parts

        sent = request.body or request.raw_query.encode("utf-8", "surrogatepass")
        fields["concatenation"] = with_halves(place, fields.get("text"), sent)
    decided = _consent(fields.get("text"), consent, request.settings)
    opt_out = decided is not None and decided.action == "opt_out"
    fields |= {"provider_payload": payload, "opt_out": opt_out, "consent": decided}
    return _event(request, own_id, Message, fields, whole_payload)


def delivery_report(
    request: Request, own_id: str, *, payload: object, whole_payload: bool = False, **fields: Any
) -> Event:
    """Return the event of a delivery report.

    `own_id`, `payload` and `whole_payload` are as for `message`, `fields` those of DeliveryReport.
    """
    return _event(request, own_id, DeliveryReport, {**fields, "provider_payload": payload}, whole_payload)


def opted_out(request: Request, own_id: str, *, payload: object, whole_payload: bool = False, **fields: Any) -> Event:
    """Return the event of an opt-out that the provider tells of without a message.

    The arguments are as for `message`, `fields` those of ConsentChange: `sender` is the person, `recipient` our number.
    """
    verdict = Consent(action="opt_out", decided_by="provider")
    fields |= {"provider_payload": payload, "opt_out": True, "consent": verdict}
    return _event(request, own_id, ConsentChange, fields, whole_payload)


def with_opt_out(request: Request, report: Event, *, said: bool) -> list[Event]:
    """Return the event of a delivery report, and if the report `said` that the recipient has opted out, that one, too.

    Without a recipient, it is nobody's opt-out; nor is it one if the message did not fail.
    """
    data = report.data
    if not said or not isinstance(data, DeliveryReport) or data.status not in {"failed", "rejected"}:
        return [report]
    if data.recipient is None or not data.recipient.raw:
        return [report]
    kept = ("account", "message_id", "provider_status", "provider_code", "reported_at")
    opt_out = opted_out(
        request,
        f"opt-out:{report.id.partition('/')[2]}",
        sender=data.recipient,
        recipient=data.sender if data.sender and data.sender.raw else None,
        report_id=report.id,
        payload=data.provider_payload,
        **{name: getattr(data, name) for name in kept},
    )
    return [report, opt_out]


def link_click(request: Request, own_id: str, *, payload: object, whole_payload: bool = False, **fields: Any) -> Event:
    """Return the event of a click. The arguments are as for `message`, `fields` those of LinkClick."""
    return _event(request, own_id, LinkClick, {**fields, "provider_payload": payload}, whole_payload)


def survey_answers(
    request: Request, own_id: str, *, payload: object, whole_payload: bool = False, **fields: Any
) -> Event:
    """Return the event of a survey's answers. The arguments are as for `message`, `fields` those of SurveyAnswers."""
    return _event(request, own_id, SurveyAnswers, {**fields, "provider_payload": payload}, whole_payload)


def unknown(request: Request, *, payload: Mapping[str, Any], note: str | None = None, **fields: Any) -> Event:
    """Return the event of a callback that there is no model for. `fields` are those of Unknown.

    `note` is logged, so it may not quote the payload. The event's id is the hash of what was sent (the same in every
    retry) and, in a batch, the index of the item.
    """
    own_id = f"sha256:{request.content_hash}" + ("" if request.item is None else f":{request.item}")
    return _event(request, own_id, Unknown, {**fields, "provider_payload": payload, "note": note}, False)


def _event(request: Request, own_id: str, model: type[Data], fields: dict[str, Any], whole_payload: bool) -> Event:
    data = model.model_validate(
        {
            **fields,
            "provider": request.provider,
            "received_at": request.received_at,
            "authenticated_by": request.authenticated_by,
            "delivery_id": request.delivery_id,
            "provider_payload": reduce(_masked, request.confidential, fields["provider_payload"]),
        }
    )
    data.fingerprint = fingerprint_of(data, whole_payload=whole_payload)
    return Event.of(own_id, data)


def _consent(text: str | None, action: ConsentAction | None, settings: ParseSettings) -> Consent | None:
    """Return what a message says about being texted: by the provider's verdict, else by its keyword."""
    keyword = keyword_of(text)
    by_keyword: ConsentAction | None = None
    if keyword in settings.opt_out_words:
        by_keyword = "opt_out"
    elif keyword in settings.opt_in_words:
        by_keyword = "opt_in"
    elif keyword in settings.help_words:
        by_keyword = "help"
    decision = action or by_keyword
    if decision is None:
        return None
    decided_by: Literal["provider", "keyword"] = "provider" if action else "keyword"
    return Consent(action=decision, decided_by=decided_by, keyword=by_keyword and keyword)


def _masked(value: object, secret: str) -> object:
    """Mask a path secret: some providers repeat our URL in every message, and subscribers get the whole payload."""
    if isinstance(value, str):
        return value.replace(secret, "***")
    if isinstance(value, list):
        return [_masked(each, secret) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each, secret) for key, each in value.items()}
    return value
