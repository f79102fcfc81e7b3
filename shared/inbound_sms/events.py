"""The contract with subscribers: CloudEvents 1.0 in JSON, one model per type of event."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from inbound_sms.numbers import Number

_UNSAFE_RAW = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}  # SQS refuses them raw; JSON may escape them


class Price(BaseModel):
    """What the provider charged, in units of `currency` (ISO 4217)."""

    total: Decimal | None = None
    per_message: Decimal | None = None
    currency: str | None = None


class Media(BaseModel):
    """A file that came with a message."""

    url: str | None = None
    content_type: str | None = None


class Data(BaseModel):
    """What every event carries."""

    # Infinity has no place in JSON: as text it at least survives.
    model_config = ConfigDict(ser_json_inf_nan="strings")

    TYPE: ClassVar[str]

    provider: str
    account: str | None = None
    received_at: datetime
    authenticated_by: str
    delivery_id: str = Field(description="Names the webhook request; the same for every retry inside the gateway")
    provider_payload: Any = Field(description="The payload as the provider sent it")

    def subject(self) -> str | None:
        """Our number (of a message) or the recipient (of a report)."""
        return None

    def time(self) -> datetime:
        """When the provider received it; the gateway's clock where the provider's is missing or unreadable."""
        return self.received_at


class Message(Data):
    """A text (or MMS, or binary message) that one of our numbers received."""

    TYPE: ClassVar[str] = "inbound-sms.message.received.v1"

    message_id: str | None = Field(description="The provider's id; null for a provider that gives none")
    sender: Number
    recipient: Number
    text: str | None = None
    binary: str | None = Field(default=None, description="Base64")
    udh: str | None = Field(default=None, description="User data header, hexadecimal")
    encoding: str | None = None
    segments: int | None = None
    media: list[Media] = []
    sent_at: datetime | None = None
    provider_received_at: datetime | None = None
    operator_id: str | None = Field(default=None, description="MCC and MNC")
    client_reference: str | None = None
    opt_out: bool = Field(description="The whole text is a stop word")
    price: Price | None = None

    def subject(self) -> str | None:
        return self.recipient.number or self.recipient.raw

    def time(self) -> datetime:
        return self.provider_received_at or self.received_at


class Unknown(Data):
    """A callback that is valid but of a kind that the gateway has no model for."""

    TYPE: ClassVar[str] = "inbound-sms.unknown.v1"

    provider_type: str | None = Field(default=None, description="The provider's own name for the kind of callback")
    note: str | None = Field(default=None, description="What the gateway can tell about it, in words")


class Event(BaseModel):
    """One CloudEvent, in JSON structured mode."""

    model_config = ConfigDict(ser_json_inf_nan="strings")

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: Message | Unknown

    @classmethod
    def of(cls, own_id: str, data: Message | Unknown) -> "Event":
        """Wraps the data. `own_id` is the provider's own id, the same in every retry of the same thing."""
        source = f"/inbound-sms/{data.provider}" + (f"/{quote(data.account, safe='')}" if data.account else "")
        return cls(
            id=f"{data.provider}/{own_id}",
            source=source,
            type=data.TYPE,
            subject=data.subject() or None,  # CloudEvents: absent or not empty
            time=data.time(),
            data=data,
        )

    def to_json(self) -> str:
        """Gives the event as SQS, SNS and subscribers see it."""
        document = self.model_dump_json(exclude={"subject"} if self.subject is None else None)
        return document.translate(_UNSAFE_RAW)
