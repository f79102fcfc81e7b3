"""The document that describes a provider: what it may say, and errors that name the place where it is wrong.

The README.md of this folder is its reference.
"""

from inbound_sms.api import Charset, ConfigurationError, Status

import tomllib
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic import model_validator as after_all

from webhook_settings import Part, Path, Text, TimeField, Values, as_field
from webhook_signing import Hmac, Jwt


class Condition(Part):
    """What is true of a request if a field has one of these values, or is there, or isn't.

    An `optional` field may be missing, but may not have another value.
    """

    field: Path
    equals: Values | None = None
    optional: bool = False
    present: bool | None = None

    @after_all(mode="after")
    def _check(self) -> Self:
        if (self.equals is None) == (self.present is None):
            raise ValueError("needs either equals or present")
        return self


Conditions = Annotated[list[Condition], Field(min_length=1, max_length=20)]


class Media(Part):
    """Fields that hold a link or a list of them; in objects, `url` and `content_type` say where."""

    field: Path  # all of them count
    url: Path | None = None
    content_type: Path | None = None


class Binary(Part):
    """A field with the bytes of a message.

    `coding` is the field that says how a text is coded in them, by `charsets`. With a coding in `as_text`, the text
    field is right as it is; with any other one the bytes stay bytes.
    """

    field: Path
    encoding: Literal["hex", "base64"] = "hex"
    coding: Path | None = None
    charsets: dict[Text, Charset] = Field(default={})
    as_text: list[Text] = Field(default=[])


class Parts(Part):
    """Fields that say which part of a longer message this is."""

    reference: Path
    total: Path
    part: Path
    reference_bits: Literal[8, 16] = 16


class _Kind(Part):
    """What a message and a report have in common."""

    when: Conditions | None = None
    id: Path | None = None
    message_id: Path | None = None  # where it isn't the id
    identity: list[Path] = Field(default=[], max_length=20)
    retry_seconds: int | None = Field(default=None, gt=0, le=86_400)
    sender: Path | None = Field(default=None, alias="from")
    recipient: Path | None = Field(default=None, alias="to")
    international: list[Literal["from", "to"]] = Field(default=[])
    international_prefix: Annotated[str, StringConstraints(pattern="^[0-9]{1,5}$")] | None = None
    time: TimeField | None = None
    operator_id: Path | None = None
    client_reference: Path | None = None

    @after_all(mode="after")
    def _check_identity(self) -> Self:
        if bool(self.id) == bool(self.identity):
            raise ValueError("needs either id or identity: without it, no retry is known from another message")
        if self.retry_seconds and self.id:
            raise ValueError("retry_seconds goes with identity, not with id")
        return self


class Message(_Kind):
    """How a message is read."""

    text: Path | None = None
    sent_time: TimeField | None = None
    keyword: Path | None = None
    title: Path | None = None
    encoding: Path | None = None
    segments: Path | None = None
    udh: Path | None = None
    parts: Parts | None = None
    media: Annotated[Media | None, BeforeValidator(as_field)] = None
    binary: Annotated[Binary | None, BeforeValidator(as_field)] = None


class Report(_Kind):
    """How a delivery report is read; `statuses` lists what the provider calls each of our statuses."""

    status: Path
    statuses: dict[Status, Values]
    code: Path | None = None
    description: Path | None = None


class Ignore(Part):
    """What needs no event, and why."""

    when: Conditions
    reason: Annotated[Text, StringConstraints(min_length=1)]


class Responses(Part):
    """What the provider takes for success. With `empty_errors`, the body of a refusal is empty, too."""

    status: int = Field(default=200, ge=200, le=299)
    body: Text = ""
    content_type: Annotated[Text, StringConstraints(pattern=r"^[!-~]+(?: [!-~]+)*$")] = "text/plain"
    empty_errors: bool = False


class Document(Part):
    """A provider, described."""

    message: Message
    report: Report | None = None
    ignore: list[Ignore] = Field(default=[], max_length=20)
    methods: list[Literal["POST", "GET", "PUT"]] = Field(default=["POST"], min_length=1)
    fields_in: Literal["body", "query"] = "body"
    lists: list[Text] = Field(default=[])
    items: Text | None = None
    kind: Path | None = None
    account: Path | None = None
    fallback_charset: Charset | None = None
    authentication: list[Literal["path_secret", "basic", "header", "authorization", "oauth2"]] = Field(default=[])
    hmac: Hmac | None = None
    jwt: Jwt | None = None
    probes: list[Literal["HEAD", "GET"]] = Field(default=[])
    response: Responses = Field(default=Responses.model_construct())

    @after_all(mode="after")
    def _check(self) -> Self:
        if self.hmac and self.jwt:
            raise ValueError("hmac and jwt are both signatures: a provider has one of them")
        if not (self.authentication or self.hmac or self.jwt):
            raise ValueError("needs authentication, hmac or jwt: nobody could be let in")
        if self.hmac:
            self.hmac.check_coverage(in_query=self.fields_in == "query", methods=self.methods)
        if self.report and not self.report.when and not self.message.when:
            raise ValueError("report or message needs when: nothing tells them apart")
        return self


def read_document(text: str) -> Document:
    """Read a document in TOML. Raises ConfigurationError, which says everything that is wrong, and where."""
    try:
        return Document.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"not TOML: {error}") from None
    except RecursionError:
        raise ConfigurationError("not TOML: nested too deep") from None
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise ConfigurationError(
            "; ".join(_in_words(each["loc"], each["type"], each["msg"]) for each in faults)
        ) from None


def _in_words(place: tuple[str | int, ...], kind: str, message: str) -> str:
    words = {"extra_forbidden": "there is no such setting", "missing": "is missing", "model_type": "is no table"}
    words |= {"list_type": "is no list", "string_type": "is no text", "dict_type": "is no table"}
    what = words.get(kind, message.removeprefix("Value error, "))
    return f"{'.'.join(map(str, place))}: {what}" if place else what
