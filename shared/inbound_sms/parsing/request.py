"""One webhook request as the provider sent it: exact bytes, headers, form or JSON."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from inbound_sms.errors import InvalidPayload
from inbound_sms.model import Model, first_fault
from inbound_sms.parsing.body import Form, charset_of, read_form, read_json_object
from inbound_sms.settings import ParseSettings

T = TypeVar("T")


def _or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


# A field beside the message itself: what can't be read of it becomes None and rejects nothing.
Lenient = Annotated[T | None, WrapValidator(_or_none)]

# Several of something. More than fit into an event are refused at once, and the first at fault ends it: an error for
# each of 100,000 would take 400 times the memory of the body.
Several = Annotated[tuple[T, ...], Field(fail_fast=True, max_length=5_000)]

# An id that a provider gives: it becomes part of a key and of a message attribute.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


def _check_base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except ValueError as error:
        raise PydanticCustomError("base64", "Input should be Base64") from error
    return value


Base64 = Annotated[str, AfterValidator(_check_base64)]


class Payload(Model):
    """Base of the models of what providers send: unknown fields are welcome, a number will do for a text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, frozen=True)


P = TypeVar("P", bound=Payload)


def read(model: type[P], payload: Mapping[str, Any], within: str | None = None) -> P:
    """Reads a payload, or its field `within`, by a model.

    Raises InvalidPayload naming the first field at fault, never its content.
    """
    try:
        return model.model_validate(payload if within is None else payload.get(within))
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, ".".join(filter(None, [within, where])) or None) from None


class Request(NamedTuple):
    """A request, and what is known about its arrival. Header names are in lower case."""

    provider: str
    body: bytes
    headers: dict[str, str]
    path_parameters: dict[str, str]
    received_at: datetime
    delivery_id: str
    settings: ParseSettings
    source_ip: str = ""
    authenticated_by: str = ""
    confidential: tuple[str, ...] = ()  # secrets of the path that are in force: no event may repeat them

    def __repr__(self) -> str:
        """Names it, and shows nothing of what was sent."""
        return f"Request({self.provider!r}, delivery_id={self.delivery_id!r})"

    @property
    def content_type(self) -> str:
        """The media type, in lower case, without parameters; empty where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the content type declares."""
        return charset_of(self.headers.get("content-type", ""))

    def json_object(self) -> dict[str, Any]:
        """Reads the body as a JSON object, whatever the content type; raises InvalidPayload."""
        return read_json_object(self.body, self.charset)

    def form(self) -> Form:
        """Reads the body as a form, URL-encoded unless it surely is multipart/form-data; raises InvalidPayload."""
        content_type = self.headers.get("content-type", "")
        return read_form(self.body, content_type, self.charset, self.settings.form_fallback_charset)


def request_from_event(
    event: object, *, provider: str, received_at: datetime, delivery_id: str, settings: ParseSettings
) -> Request:
    """Takes API Gateway's HTTP API event (payload format 2.0) and gives the request in it.

    What isn't as it should be is left out and raises nothing: it proves nobody, and an error would be answered 503.
    """
    said = _object(event)
    return Request(
        provider=provider,
        body=_body(said.get("body"), said.get("isBase64Encoded")),
        headers={n.lower(): text for n, text in _object(said.get("headers")).items() if isinstance(text, str)},
        path_parameters=_texts(said.get("pathParameters")),
        received_at=received_at,
        delivery_id=delivery_id,
        source_ip=_texts(_object(said.get("requestContext")).get("http")).get("sourceIp", ""),
        settings=settings,
    )


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in _object(value).items() if isinstance(text, str)}


def _body(body: object, is_base64: object) -> bytes:
    """Gives the bytes that were sent. What is said to be Base64 and isn't stays as it is, for the quarantine."""
    text = body if isinstance(body, str) else ""
    if is_base64:
        with suppress(ValueError):
            return base64.b64decode(text)
    return text.encode("utf-8", "surrogatepass")
