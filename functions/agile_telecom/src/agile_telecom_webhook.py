"""Agile Telecom: inbound SMS by HTTP POST, and its JSON webhooks.

https://agiletelecom.com/documentation/inbound-sms
"""

from inbound_sms.api import (
    Event,
    InvalidPayload,
    PathSecret,
    Provider,
    ProviderSettings,
    Request,
    Response,
    TimeZone,
    hash_of,
    message,
    parse_local,
    read,
    webhook,
)

import re
from zoneinfo import ZoneInfo

from agile_telecom_payloads import InboundSms
from agile_telecom_webhooks import event_of_webhook

_SHARED_NUMBER_CODE = re.compile(r"[A-Za-z0-9]{4,8}(?=\s|$)")


class AgileTelecomSettings(ProviderSettings):
    """Agile Telecom's own settings. Its documentation doesn't say in which time zone its times are."""

    time_zone: TimeZone = ZoneInfo("Europe/Rome")


# ---- What Agile Telecom posts: a form for an inbound SMS, JSON for its event webhooks --------------------------------


def parse(request: Request) -> list[Event]:
    """Read one request: a JSON object or a form, whatever its content type says."""
    if request.starts_with(b"{"):
        return [event_of_webhook(request, request.json_object())]
    form = request.form()
    sms = read(InboundSms, form.text)
    if any(value == "" and name not in InboundSms.model_fields for name, value in form.text.items()):
        raise InvalidPayload("a field without a value: is an ampersand of the text not escaped?")
    zone = request.settings_of(AgileTelecomSettings).time_zone
    code = _SHARED_NUMBER_CODE.match(sms.text)
    received_at = parse_local(sms.date_time, zone, request.received_at)
    if received_at is None:  # the same words may come again the next day
        raise InvalidPayload("not a time, and part of what identifies the message", "date_time")
    return [
        message(
            request,
            # Agile Telecom docs: detect duplicates by a hash of the four values.
            hash_of(*(form.raw.get(name, b"") for name in InboundSms.model_fields)),
            message_id=None,
            sender=sms.originator,
            recipient=sms.destination,
            text=sms.text,
            keyword=code and code[0],  # Agile Telecom docs: on a shared number the first word is the customer's code
            provider_received_at=received_at,
            payload=form.payload,
            whole_payload=True,
        )
    ]


# ---- Authentication and responses ------------------------------------------------------------------------------------
# Agile Telecom docs: the body must be "+OK", within 30 s (preferably 1 s); anything else is retried three times, every
# 15 minutes. The same body suits its JSON webhooks. It offers no authentication, hence the long secret in the URL's
# path.

OK = Response(200, "+OK", "text/plain")

AGILE_TELECOM = Provider(
    name="agile-telecom",
    parse=parse,
    schemes=(PathSecret(),),
    settings=AgileTelecomSettings,
    accepted=OK,
    quarantined=OK,
)

handler = webhook(AGILE_TELECOM)
