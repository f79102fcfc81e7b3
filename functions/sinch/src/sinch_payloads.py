"""Models of Sinch's callbacks for inbound messages.

https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks
"""

from inbound_sms.api import Identifier, InternationalNumberField, IsoTime, Lenient, Number, Payload, Several

from pydantic import AliasChoices, Field


class Callback(Payload, defer_build=False):
    """Every callback."""

    type: str


class InboundMessage(Payload):
    """The fields that all `mo_*` callbacks have."""

    id: Identifier
    # Sinch docs: MSISDNs without a plus; short codes and alphanumeric ids are told apart by their form.
    sender: InternationalNumberField = Field(alias="from", default=Number())
    to: InternationalNumberField = Number()
    received_at: IsoTime = None
    sent_at: IsoTime = Field(validation_alias=AliasChoices("sent_at", "send_at"), default=None)  # once misspelled
    operator_id: Lenient[str] = Field(validation_alias=AliasChoices("operator_id", "operator"), default=None)
    client_reference: Lenient[str] = None
    keyword: Lenient[str] = None  # legacy


class MoText(InboundMessage, defer_build=False):
    """`mo_text`: a text. Long ones arrive joined."""

    body: str | None = None


class MoBinary(InboundMessage):
    """`mo_binary`: at most 140 bytes including the user data header. Longer ones arrive in parts."""

    body: str | None = None  # Base64
    udh: Lenient[str] = None  # hexadecimal


class MediaItem(Payload):
    """One file of an MMS. `url` is missing if Sinch couldn't store it (`status` Failed, `code` other than 0)."""

    url: Lenient[str] = None
    content_type: Lenient[str] = None
    status: Lenient[str] = None
    code: Lenient[str] = None


class MediaBody(Payload):
    """The body of an MMS."""

    subject: Lenient[str] = None
    message: Lenient[str] = None
    media: Several[MediaItem] | None = None


class MoMedia(InboundMessage):
    """`mo_media`: an MMS (US, CA, AU, PR)."""

    body: MediaBody | None = None
