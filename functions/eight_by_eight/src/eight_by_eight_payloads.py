"""Models of 8x8's payloads.

https://developer.8x8.com/connect/docs/webhook-object-structure
"""

from inbound_sms.api import Identifier, IsoTime, Lenient, Number, NumberField, Payload, Several

from decimal import Decimal

from pydantic import Field


class Envelope(Payload):
    """The webhook object. `description` (for people) and `version` (for formats of other products) are not read."""

    namespace: str = ""
    event_type: str = Field(alias="eventType")


class PriceObject(Payload):
    """`price`. The total isn't always perSms x smsCount, not even in 8x8's own sample."""

    total: Decimal | None = None
    per_sms: Decimal | None = Field(alias="perSms", default=None)
    currency: str | None = None


class InboundSms(Payload):
    """`inbound_message_received`: https://developer.8x8.com/connect/docs/inbound-sms"""

    umid: Identifier
    sub_account_id: Lenient[str] = Field(alias="subAccountId", default=None)
    timestamp: IsoTime = None  # UTC, with 0 to 7 fraction digits
    source: NumberField = Number()
    destination: NumberField = Number()
    body: str | None = None
    encoding: Lenient[str] = None  # GSM7, UCS2, and others that aren't listed
    sms_count: Lenient[int] = Field(alias="smsCount", default=None)
    price: Lenient[PriceObject] = None
    media_urls: Lenient[Several[str]] = Field(alias="mediaUrls", default=None)  # MMS, since 2026-10-27


class WavecellInbound(Payload):
    """The flat MO version 2 of Wavecell, 8x8's former name."""

    umid: Identifier
    received_at: IsoTime = Field(alias="receivedAt", default=None)
    source: NumberField = Number()
    destination: NumberField = Number()
    body: str | None = None
    encoding: Lenient[str] = None


class ChatUser(Payload):
    """The sender. Channels that know only a phone number send nothing else."""

    msisdn: NumberField = Number()


class ChatRecipient(Payload):
    """The recipient: a channel (sms, whatsapp, viber, ...) and our id on it."""

    channel: str
    channel_id: NumberField = Field(alias="channelId", default=Number())

    @property
    def is_sms(self) -> bool:
        """Whether the channel is SMS."""
        return self.channel.lower() == "sms"


class ChatContent(Payload):
    """The content. A message of type text has only `text`."""

    text: str | None = None


class ChatKind(Payload):
    """The fields that distinguish an SMS from the other messages of ChatApps."""

    recipient: Lenient[ChatRecipient] = None
    type: Lenient[str] = None  # Text, Image, ...: 8x8's pages differ in case

    @property
    def is_sms(self) -> bool:
        """Whether it is a text on the channel `sms`."""
        return (self.type or "").lower() == "text" and self.recipient is not None and self.recipient.is_sms


class ChatMessage(Payload):
    """ChatApps `inbound_message_received` v2 and v3: https://developer.8x8.com/connect/docs/inbound-chatapps-message"""

    umid: Identifier
    sub_account_id: Lenient[str] = Field(alias="subAccountId", default=None)
    timestamp: IsoTime = None
    user: ChatUser | None = None
    recipient: ChatRecipient
    content: ChatContent | None = None


class StatusObject(Payload):
    """`status`: https://developer.8x8.com/connect/reference/message-status-references"""

    state: Identifier
    detail: Lenient[Identifier] = None
    timestamp: Lenient[Identifier] = None
    error_code: Lenient[int] = Field(alias="errorCode", default=None)
    error_message: Lenient[str] = Field(alias="errorMessage", default=None)


class DeliveryReceipt(Payload):
    """`outbound_message_status_changed`: https://developer.8x8.com/connect/docs/delivery-receipts-for-outbound-sms"""

    umid: Identifier
    batch_id: Lenient[str] = Field(alias="batchId", default=None)
    client_message_id: Lenient[str] = Field(alias="clientMessageId", default=None)
    client_batch_id: Lenient[str] = Field(alias="clientBatchId", default=None)
    sub_account_id: Lenient[str] = Field(alias="subAccountId", default=None)
    source: NumberField = Number()
    destination: NumberField = Number()
    status: StatusObject
    price: Lenient[PriceObject] = None
    sms_count: Lenient[int] = Field(alias="smsCount", default=None)


class WavecellReceipt(Payload):
    """The flat ChatApps delivery receipt version 4 of Wavecell (`eventType` outboundMessageDelivery)."""

    umid: Identifier
    status: Identifier
    timestamp: Lenient[Identifier] = None
    channel: Lenient[str] = None
    user: Lenient[ChatUser] = None
    sub_account_id: Lenient[str] = Field(alias="subAccountId", default=None)
    client_message_id: Lenient[str] = Field(alias="clientMessageId", default=None)
    client_batch_id: Lenient[str] = Field(alias="clientBatchId", default=None)
    error: Lenient[str] = None
    price: Lenient[Decimal] = None
    currency: Lenient[str] = None


class Click(Payload):
    """`short_url_clicked`: https://developer.8x8.com/connect/docs/short-url-clicks"""

    event_id: Identifier = Field(alias="eventId")
    occurred_at: IsoTime = Field(alias="occurredAt", default=None)
    umid: Lenient[str] = None
    destination: NumberField = Number()
    short_url: Lenient[str] = Field(alias="shortUrl", default=None)
    target_url: Lenient[str] = Field(alias="targetUrl", default=None)


class TemplateVariable(Payload):
    """A variable in the text of the survey."""

    name: str
    value: str | None = None


class Answer(Payload):
    """One answer. `answerId` is null if it was typed."""

    question_id: Lenient[str] = Field(alias="questionId", default=None)
    answer_id: Lenient[str] = Field(alias="answerId", default=None)
    question: Lenient[str] = None
    answer: Lenient[str] = None


class SurveyResponse(Payload):
    """SMS Engage, without the webhook object: https://developer.8x8.com/connect/docs/sms-engage-response-webhook"""

    umid: Identifier
    survey_id: Identifier = Field(alias="surveyId")
    started_at: IsoTime = Field(alias="surveyStartedAt", default=None)
    submitted_at: Identifier = Field(alias="surveySubmittedAt")
    template_variables: Lenient[Several[TemplateVariable]] = Field(alias="templateVariables", default=None)
    answers: Several[Answer] | None = None
