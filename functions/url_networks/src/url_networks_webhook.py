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
    """The post variables. `webhook_url`, our URL, and `webhook_url_fallback`, an e-mail address, are not read."""

    service_id: Lenient[str] = None
    sender: NumberField = Field(alias="from", default=Number())  # "name or number"
    sms_number: NumberField = Number()
    body: str | None = None
    message_id: Identifier  # UUID
    timestamp: EpochTime = None  # seconds; missing from test requests that are copied from the help page


def parse(request: Request) -> list[Event]:
    """Read one message. Its message_id is the same in every retry."""
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


# ---- Authentication and responses ------------------------------------------------------------------------------------
# URL Networks docs: only status 200 is success; after 10 failed attempts, the message is e-mailed to the fallback
# address. It offers no authentication, hence the long secret in the URL's path.

URL_NETWORKS = Provider(
    name="url-networks",
    parse=parse,
    schemes=(PathSecret(),),
    accepted=Response(200, "OK", "text/plain"),
    quarantined=Response(200, "quarantined", "text/plain"),
)

handler = webhook(URL_NETWORKS)
