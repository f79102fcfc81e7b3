"""Agile Telecom: inbound SMS by HTTP POST.

https://agiletelecom.com/documentation/inbound-sms
"""

from inbound_sms.auth import PathSecret
from inbound_sms.events import Event
from inbound_sms.normalise import hash_of, message, unknown
from inbound_sms.numbers import NumberField
from inbound_sms.receive import Answer, Provider, webhook
from inbound_sms.request import Payload, Request, read
from inbound_sms.times import parse_local

# ---- What Agile Telecom posts: a form for an inbound SMS, JSON for its event webhooks --------------------------------


class InboundSms(Payload):
    """The four fields of the form; there is no id."""

    originator: NumberField
    destination: NumberField
    date_time: str  # YYYYMMDDHHMMSS on a clock that the documentation doesn't name
    text: str = ""


def parse(request: Request) -> list[Event]:
    """Reads one request; what it is shows in the content type, or in the first byte where that is wrong."""
    if "json" in request.content_type or request.body.lstrip()[:1] == b"{":
        payload = request.json_object()
        kind = payload.get("eventType")
        return [unknown(request, provider_type=kind if isinstance(kind, str) else None, payload=payload)]
    form = request.form()
    sms = read(InboundSms, form.text)
    return [
        message(
            request,
            # Agile Telecom docs: recognise duplicates by a hash of the four values.
            hash_of(*(form.raw.get(name, b"") for name in InboundSms.model_fields)),
            message_id=None,
            sender=sms.originator,
            recipient=sms.destination,
            text=sms.text,
            provider_received_at=parse_local(sms.date_time, request.settings.provider_time_zone, request.received_at),
            payload=form.payload,
        )
    ]


# ---- How it signs in, and what it wants to hear ----------------------------------------------------------------------
# Agile Telecom docs: the body must be "+OK", within 30 s (1 s is good); anything else is retried every 15 minutes,
# three times. The same body does no harm to its JSON webhooks. It offers no authentication, so a long secret in the
# URL's path stands in.

OK = Answer(200, "+OK", "text/plain")

AGILE_TELECOM = Provider(name="agile-telecom", parse=parse, schemes=(PathSecret(),), accepted=OK, quarantined=OK)

handler = webhook(AGILE_TELECOM)
