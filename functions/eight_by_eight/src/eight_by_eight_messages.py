"""8x8's inbound messages and survey responses, and how they become events."""

from inbound_sms.api import (
    Event,
    Media,
    Number,
    Price,
    Request,
    SurveyAnswer,
    message,
    parse_iso,
    read,
    survey_answers,
    unknown,
)

from typing import Any

from eight_by_eight_payloads import ChatKind, ChatMessage, InboundSms, PriceObject, SurveyResponse, WavecellInbound


def price_of(price: PriceObject | None) -> Price | None:
    """Return the price as the gateway's model."""
    return Price(total=price.total, per_message=price.per_sms, currency=price.currency) if price else None


def inbound_sms_received(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of an SMS or, with media, an MMS. Its umid is the same in every retry."""
    sms = read(InboundSms, payload, "payload")
    return message(
        request,
        sms.umid,
        account=sms.sub_account_id,
        message_id=sms.umid,
        sender=sms.source,
        recipient=sms.destination,
        text=sms.body,
        encoding=sms.encoding,
        segments=sms.sms_count,
        media=[Media(url=url) for url in sms.media_urls or ()],
        provider_received_at=sms.timestamp,
        price=price_of(sms.price),
        payload=payload,
    )


def wavecell_inbound(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of Wavecell's flat MO, which old accounts get."""
    sms = read(WavecellInbound, payload)
    return message(
        request,
        sms.umid,
        message_id=sms.umid,
        sender=sms.source,
        recipient=sms.destination,
        text=sms.body,
        encoding=sms.encoding,
        provider_received_at=sms.received_at,
        payload=payload,
    )


def chat_message_received(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of a ChatApps message, which may be an SMS; those of other channels are unknown events."""
    if not read(ChatKind, payload, "payload").is_sms:
        note = "a ChatApps message that is not a text on channel sms"
        return unknown(request, provider_type="ChatApps/inbound_message_received", note=note, payload=payload)
    chat = read(ChatMessage, payload, "payload")
    return message(
        request,
        chat.umid,
        account=chat.sub_account_id,
        message_id=chat.umid,
        sender=chat.user.msisdn if chat.user else Number(),
        recipient=chat.recipient.channel_id,
        text=chat.content and chat.content.text,
        provider_received_at=chat.timestamp,
        payload=payload,
    )


def survey_response(request: Request, payload: dict[str, Any]) -> Event:
    """Return the event of an SMS Engage survey.

    A person may answer a survey more than once, so the time of submission is part of the id, and has to be there.
    """
    survey = read(SurveyResponse, payload)
    return survey_answers(
        request,
        f"survey:{survey.umid}:{survey.survey_id}:{survey.submitted_at}",
        message_id=survey.umid,
        survey_id=survey.survey_id,
        variables={variable.name: variable.value for variable in survey.template_variables or ()},
        answers=[SurveyAnswer.model_validate(answer, from_attributes=True) for answer in survey.answers or ()],
        started_at=survey.started_at,
        submitted_at=parse_iso(survey.submitted_at),
        payload=payload,
        whole_payload=True,
    )
