"""Models of Agile Telecom's payloads.

https://agiletelecom.com/documentation/inbound-sms and https://agiletelecom.com/documentation/qlara/api/webhooks
"""

from inbound_sms.api import IsoTime, Lenient, Number, NumberField, Payload, Status

from decimal import Decimal

from pydantic import Field

# SMS Universal and Qlara: https://agiletelecom.com/documentation/qlara/guides/webhooks
STATUS_CODES: dict[int, Status] = {3: "delivered", 6: "failed"}

# The older guide: https://agiletelecom.com/documentation/guides/webhooks
STATUSES: dict[str, Status] = {"sent": "sent", "delivered": "delivered", "error": "failed", "expired": "expired"}


class InboundSms(Payload):
    """An inbound SMS: a form of four fields, without an id."""

    originator: NumberField
    destination: NumberField
    date_time: str  # YYYYMMDDHHMMSS in a time zone that the documentation doesn't name
    text: str


class EventWebhook(Payload):
    """The JSON webhooks of SMS Universal and Qlara: DELIVERY, READ, INBOUND."""

    event_type: str = Field(alias="eventType")
    channel: Lenient[str] = None
    message_id: Lenient[str] = Field(alias="messageId", default=None)
    customer_message_id: Lenient[str] = Field(alias="customerMessageId", default=None)
    source: NumberField = Number()
    destination: NumberField = Number()
    text: str | None = None
    status_code: Lenient[int] = Field(alias="statusCode", default=None)
    status_description: Lenient[str] = Field(alias="statusDescription", default=None)
    description: Lenient[str] = None
    price: Lenient[Decimal] = None
    total_parts: Lenient[int] = Field(alias="totalParts", default=None)
    timestamp: IsoTime = None


class DeliveryStatus(Payload):
    """The delivery webhook of the older guide: https://agiletelecom.com/documentation/guides/webhooks"""

    message_id: str = Field(alias="messageId")
    customer_message_id: Lenient[str] = Field(alias="customerMessageId", default=None)
    phone_number: NumberField = Field(alias="phoneNumber", default=Number())
    status: str
    timestamp: IsoTime = None
    channel: Lenient[str] = None
    error: Lenient[str] = None
