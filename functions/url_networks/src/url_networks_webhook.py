"""URL Networks: SMS via webhook.

https://url.net.au/support/help-articles/receive-sms-via-webhook
"""

from inbound_sms.api import (
    EpochTime,
    Event,
    Identifier,
    Lenient,
    Number,
    NumberField,
    PathSecret,
    Payload,
    Provider,
    Request,
    Response,
    message,
    read,
    webhook,
)

from pydantic import Field

# ---- What URL Networks posts: "standard HTTP Post variables" ---------------------------------------------------------


class InboundSms(Payload):
    """The post variables. `webhook_url` is our address, `webhook_url_fallback` an e-mail address."""

    service_id: Lenient[str] = None
    sender: NumberField = Field(alias="from", default=Number())  # "name or number"
    sms_number: NumberField = Number()
    body: str | None = None
    message_id: Identifier  # UUID
    timestamp: EpochTime = None  # seconds; test requests pasted from the help page lack it


def parse(request: Request) -> list[Event]:
    """Reads one message; the message_id is the same in every retry."""
    form = request.form()
    sms = read(InboundSms, form.text)
    return [
        message(
            request,
            sms.message_id,
            account=sms.service_id,
            message_id=sms.message_id,
            sender=sms.sender,
            recipient=sms.sms_number,
            text=sms.body,
            provider_received_at=sms.timestamp,
            payload=form.payload,
        )
    ]


# ---- How it signs in, and what it wants to hear ----------------------------------------------------------------------
# URL Networks: success is status 200 and nothing else; after 10 failed attempts the message goes by e-mail to the
# fallback address. It offers no authentication, so a long secret in the URL's path stands in.

URL_NETWORKS = Provider(
    name="url-networks",
    parse=parse,
    schemes=(PathSecret(),),
    accepted=Response(200, "OK", "text/plain"),
    quarantined=Response(200, "quarantined", "text/plain"),
)

handler = webhook(URL_NETWORKS)
