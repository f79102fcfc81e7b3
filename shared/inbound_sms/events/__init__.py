"""The contract with subscribers: CloudEvents 1.0 in JSON, one model per type of event."""

import json
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import ConfigDict, Field, SerializeAsAny
from pydantic_core import to_json

from inbound_sms.events.numbers import Number, without_numbers
from inbound_sms.model import Model

# The states that providers' own statuses are mapped to.
Status = Literal["queued", "sent", "delivered", "failed", "expired", "rejected", "cancelled", "read", "unknown"]

ConsentAction = Literal["opt_out", "opt_in", "help"]

# How an operator got back what would be missing otherwise: from the quarantine, from the provider, or sent once more.
Recovery = Literal["replay", "backfill", "resend"]

_MAX_ID_BYTES = 1_024  # DynamoDB allows 2,048 for a key
_ESCAPES = {"\ufffe": "\\ufffe", "\uffff": "\\uffff"}  # SQS refuses these characters unless JSON escapes them


def _is_empty(value: object) -> bool:
    return not value


class Price(Model):
    """What the provider charged, in units of `currency` (ISO 4217)."""

    total: Decimal | None = None
    per_message: Decimal | None = None
    currency: str | None = None


class Media(Model):
    """A file that came with a message. `status` and `code` are set if the provider says whether it could store it."""

    url: str | None = None
    content_type: str | None = None
    status: str | None = None
    code: str | None = None


class Concatenation(Model):
    """Which part of a longer message this is: join parts by sender, recipient, reference, reference_bits and total."""

    reference: int
    reference_bits: Literal[8, 16]
    total: int
    part: int
    begins_with: str | None = Field(
        default=None,
        exclude_if=_is_empty,
        description="Half a surrogate pair, hexadecimal, where the text begins with U+FFFD for it",
    )
    ends_with: str | None = Field(
        default=None,
        exclude_if=_is_empty,
        description="Half a surrogate pair, hexadecimal, where the text ends with U+FFFD for it",
    )


class PayloadReference(Model):
    """Where the payload is that would have made the event too large to publish: a JSON object in S3."""

    bucket: str
    key: str
    bytes: int
    sha256: str = Field(description="SHA-256 of the object's bytes, hexadecimal")


class Part(Model):
    """A part of a message that came in several: an event of its own, were it not joined."""

    part: int = Field(description="Its number, from 1")
    id: str = Field(description="Id of the event that it would have been")
    message_id: str | None = Field(default=None, description="The provider's id; null if it assigns none")
    delivery_id: str = Field(description="Id of the webhook request that it came in")
    provider_payload: Any = Field(description="The payload as the provider sent it; null if it is stored separately")
    provider_payload_ref: PayloadReference | None = Field(
        default=None, exclude_if=lambda reference: reference is None, description="Where the payload is stored"
    )


class Consent(Model):
    """What a person says about being texted, and who read it so.

    `keyword` is the text as it is compared with keywords; null if the provider decided by something else.
    """

    action: ConsentAction
    decided_by: Literal["provider", "keyword"]
    keyword: str | None = None


class Data(Model):
    """The data that every event carries."""

    # JSON has no infinity or NaN: as strings, they at least survive.
    model_config = ConfigDict(ser_json_inf_nan="strings")

    TYPE: ClassVar[str]

    provider: str
    account: str | None = None
    received_at: datetime
    authenticated_by: str
    delivery_id: str = Field(description="Id of the webhook request; the same in every retry inside the gateway")
    fingerprint: str = Field(default="", description="Hash of what was sent: differs if the content does")
    provider_payload: Any = Field(description="The payload as the provider sent it; null if it is stored separately")
    provider_payload_ref: PayloadReference | None = Field(
        default=None,
        exclude_if=lambda reference: reference is None,
        description="Where the payload is stored; only in an event that would be too large with it",
    )

    def subject(self) -> str | None:
        """Return the CloudEvents subject: the recipient's number, for a message our own; None if there is none."""
        recipient: Number | None = getattr(self, "recipient", None)
        return (recipient.number or recipient.raw) if recipient else None

    def time(self) -> datetime:
        """Return the provider's time, or the time of arrival at the gateway if that is missing or unreadable."""
        return self.received_at


class Message(Data):
    """A message (SMS, MMS or binary SMS) that one of our numbers received."""

    TYPE: ClassVar[str] = "inbound-sms.message.received.v1"

    message_id: str | None = Field(description="The provider's id; null if it assigns none")
    sender: Number
    recipient: Number
    text: str | None = None
    binary: str | None = Field(default=None, description="Base64")
    udh: str | None = Field(default=None, description="User data header, hexadecimal")
    concatenation: Concatenation | None = None
    title: str | None = Field(default=None, description="Subject of an MMS")
    encoding: str | None = None
    segments: int | None = None
    media: tuple[Media, ...] = ()  # of a list, pydantic would make a deep copy for each event
    sent_at: datetime | None = None
    provider_received_at: datetime | None = None
    operator_id: str | None = Field(default=None, description="MCC and MNC")
    client_reference: str | None = None
    keyword: str | None = Field(default=None, description="The first word, if the provider routes by it")
    opt_out: bool = Field(description="The person doesn't want to be texted any more: consent.action is opt_out")
    consent: Consent | None = None
    price: Price | None = None
    parts: tuple[Part, ...] = Field(
        default=(),
        exclude_if=_is_empty,
        description="The parts that it was joined from, in order; what isn't content is that of the first one",
    )
    incomplete: bool = Field(
        default=False, exclude_if=_is_empty, description="Parts are missing: they did not come in time"
    )
    missing_parts: tuple[int, ...] = Field(
        default=(), exclude_if=_is_empty, description="The numbers of the parts that no event has brought yet"
    )
    supplements: str | None = Field(
        default=None,
        exclude_if=_is_empty,
        description="Id of the incomplete event that these parts, come late, belong to",
    )

    def time(self) -> datetime:
        return self.provider_received_at or self.received_at


class StatusCount(Model):
    """How many recipients of a batch are in one state, and which ones, if the provider lists them."""

    status: Status
    provider_status: str | None = None
    provider_code: str | None = None
    provider_code_meaning: str | None = None
    count: int
    recipients: list[str] = []


class DeliveryReport(Data):
    """What became of a message that we sent, or of a batch of them."""

    TYPE: ClassVar[str] = "inbound-sms.delivery.reported.v1"

    message_id: str | None = None
    batch_id: str | None = None
    client_reference: str | None = None
    client_batch_reference: str | None = None
    channel: str | None = None
    sender: Number | None = None
    recipient: Number | None = None
    status: Status
    provider_status: str | None = None
    provider_code: str | None = None
    provider_code_meaning: str | None = None
    description: str | None = None
    counts: list[StatusCount] = []
    total: int | None = Field(default=None, description="Messages in the batch")
    segments: int | None = None
    encoding: str | None = None
    operator_id: str | None = Field(default=None, description="MCC and MNC")
    reported_at: datetime | None = None
    operator_reported_at: datetime | None = None
    price: Price | None = None

    def time(self) -> datetime:
        return self.reported_at or self.received_at


class LinkClick(Data):
    """Somebody followed a shortened link of a message that we sent."""

    TYPE: ClassVar[str] = "inbound-sms.link.clicked.v1"

    message_id: str | None = None
    recipient: Number
    short_url: str | None = None
    target_url: str | None = None
    clicked_at: datetime | None = None

    def time(self) -> datetime:
        return self.clicked_at or self.received_at


class SurveyAnswer(Model):
    """One answer; `answer_id` where it was chosen from a list."""

    question_id: str | None = None
    question: str | None = None
    answer_id: str | None = None
    answer: str | None = None


class SurveyAnswers(Data):
    """A person's answers to a survey that a message of ours led to."""

    TYPE: ClassVar[str] = "inbound-sms.survey.answered.v1"

    message_id: str | None = None
    survey_id: str | None = None
    variables: dict[str, str | None] = {}
    answers: list[SurveyAnswer] = []
    started_at: datetime | None = None
    submitted_at: datetime | None = None

    def time(self) -> datetime:
        return self.submitted_at or self.received_at


class ConsentChange(Data):
    """What a provider says about a person's consent where there is no message of theirs.

    Its direction is that of a message from the person: `sender` is the person, `recipient` our number.
    """

    TYPE: ClassVar[str] = "inbound-sms.consent.changed.v1"

    sender: Number = Field(description="The person")
    recipient: Number | None = Field(
        default=None, description="Our number or sender id that it is about; null if the provider doesn't name it"
    )
    opt_out: bool = Field(description="The person doesn't want to be texted any more: consent.action is opt_out")
    consent: Consent
    message_id: str | None = Field(default=None, description="The provider's id of the message that we sent in vain")
    report_id: str | None = Field(default=None, description="Id of the event of the delivery report that says so")
    provider_status: str | None = None
    provider_code: str | None = None
    reported_at: datetime | None = None

    def time(self) -> datetime:
        return self.reported_at or self.received_at


class Unknown(Data):
    """A valid callback of a kind that the gateway has no model for."""

    TYPE: ClassVar[str] = "inbound-sms.unknown.v1"

    provider_type: str | None = Field(default=None, description="The provider's own name for the kind of callback")
    note: str | None = Field(default=None, description="What the gateway knows about it, in words")


class Event(Model):
    """One CloudEvent, in JSON structured mode."""

    model_config = ConfigDict(ser_json_inf_nan="strings")

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str | None = None
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    recovery: Recovery | None = Field(
        default=None,
        exclude_if=_is_empty,
        description="How an operator got it back: replayed from the quarantine, backfilled from the provider's API, "
        "or sent once more; absent from all that came by itself",
    )
    traceparent: str | None = Field(
        default=None,
        exclude_if=_is_empty,
        description="W3C Trace Context: the trace that began when the provider's request came in",
    )
    data: SerializeAsAny[Data]

    @classmethod
    def of(cls, own_id: str, data: Data) -> "Event":
        """Wrap `data` in an event. `own_id` is the provider's id, the same in every retry; too long a one is hashed."""
        event_id = f"{data.provider}/{own_id}"
        if len(event_id.encode()) > _MAX_ID_BYTES:
            event_id = f"{data.provider}/sha256:{sha256(event_id.encode()).hexdigest()}"
        source = f"/inbound-sms/{data.provider}" + (f"/{quote(data.account, safe='')}" if data.account else "")
        return cls(
            id=event_id,
            source=source,
            type=data.TYPE,
            subject=data.subject() or None,  # CloudEvents: absent or non-empty
            time=data.time(),
            data=data,
        )

    @property
    def log_id(self) -> str:
        """The id as it may be logged: without phone numbers, which some ids of delivery reports contain."""
        return without_numbers(self.id, getattr(self.data, "sender", None), getattr(self.data, "recipient", None))

    def to_json(self) -> str:
        """Return the event in JSON, as it is queued and published."""
        return escaped(self.model_dump_json(exclude={"subject"} if self.subject is None else None))

    def payload_to_json(self) -> bytes:
        """Return the provider's payload alone, in the same JSON as within the event."""
        return to_json(self.data.provider_payload, inf_nan_mode="strings")

    def mark(self, recovery: Recovery | None, traceparent: str | None) -> None:
        """Note how an operator got it back, and the trace that it belongs to."""
        self.traceparent = traceparent
        if recovery:
            self.recovery = recovery

    def with_payload_at(self, reference: PayloadReference) -> "Event":
        """Return the event with a reference in place of the payload."""
        data = self.data.model_copy(update={"provider_payload": None, "provider_payload_ref": reference})
        return self.model_copy(update={"data": data})


def recovered(event_json: str | bytes, recovery: Recovery, **changed: str) -> str:
    """Return an event's JSON as an operator got it back, with other members changed, too (its `id`)."""
    event = {**json.loads(event_json), "recovery": recovery, **changed}
    return escaped(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


def escaped(event_json: str) -> str:
    """Return JSON that SQS and SNS accept."""
    for character, escape in _ESCAPES.items():
        event_json = event_json.replace(character, escape)
    return event_json
