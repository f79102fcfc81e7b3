"""One webhook request as the provider sent it: exact bytes, headers, form or JSON."""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import (
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import from_json

from inbound_sms.errors import Unreadable
from inbound_sms.settings import ParseSettings
from inbound_sms.text import decode

_MAX_FIELDS = 1_000
_MAX_DEPTH = 100  # well under what those can read who get the payload inside an event
_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)

T = TypeVar("T")


def _or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


# A field beside the message itself: what can't be read of it becomes None and rejects nothing.
Lenient = Annotated[T | None, WrapValidator(_or_none)]

# An id that a provider gives: it becomes part of a key and of a message attribute.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


class Payload(BaseModel):
    """Base of the models of what providers send: unknown fields are welcome, a number will do for a text."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, frozen=True)


P = TypeVar("P", bound=Payload)


def read(model: type[P], payload: object) -> P:
    """Reads a payload by its model; raises Unreadable naming the first field at fault, never its content."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise Unreadable(fault["msg"], ".".join(map(str, fault["loc"])) or None) from None


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form post: `raw` their exact bytes, `text` their decoded value (the last, where repeated)."""

    raw: dict[str, bytes]
    text: dict[str, str]
    payload: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and what is known about its arrival. Header names are in lower case."""

    provider: str
    body: bytes
    headers: dict[str, str]
    path_parameters: dict[str, str]
    received_at: datetime
    delivery_id: str
    settings: ParseSettings = field(default_factory=ParseSettings)
    authenticated_by: str = ""

    @property
    def content_type(self) -> str:
        """The media type, in lower case, without parameters; empty where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the content type declares."""
        match = _CHARSET.search(self.headers.get("content-type", ""))
        return match[1] if match else None

    def json_object(self) -> dict[str, Any]:
        """Reads the body as a JSON object, whatever the content type; raises Unreadable."""
        if not self.body.strip():
            raise Unreadable("the body is empty")
        [document] = decode([self.body.removeprefix(_BOM)], self.charset, "windows-1252")
        if "\\ud" in document or "\\uD" in document:
            document = _without_lone_surrogates(document)
        try:
            value = from_json(document, allow_inf_nan=False)
        except ValueError as error:
            raise Unreadable(f"not JSON: {error}") from None
        if not isinstance(value, dict):
            raise Unreadable("not a JSON object")
        if document.count("{") + document.count("[") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
            raise Unreadable(f"nested more than {_MAX_DEPTH} deep")
        return value

    def form(self) -> Form:
        """Reads the body as application/x-www-form-urlencoded, whatever the content type; raises Unreadable."""
        if not self.body.strip():
            raise Unreadable("the body is empty")
        try:
            pairs = parse_qsl(
                self.body.removeprefix(_BOM).decode("latin-1"),
                keep_blank_values=True,
                encoding="latin-1",
                max_num_fields=_MAX_FIELDS,
            )
        except ValueError:
            raise Unreadable(f"a form of more than {_MAX_FIELDS} fields") from None
        raw = [part.encode("latin-1") for pair in pairs for part in pair]
        decoded = decode(raw, self.charset, self.settings.form_fallback_charset)
        names, values = decoded[::2], decoded[1::2]
        payload: dict[str, str | list[str]] = {}
        for name, value in zip(names, values, strict=True):
            earlier = payload.get(name)
            payload[name] = value if earlier is None else [*([earlier] if isinstance(earlier, str) else earlier), value]
        return Form(
            raw=dict(zip(names, raw[1::2], strict=True)), text=dict(zip(names, values, strict=True)), payload=payload
        )


def request_from_event(
    event: dict[str, Any], *, provider: str, received_at: datetime, delivery_id: str, settings: ParseSettings
) -> Request:
    """Takes API Gateway's HTTP API event (payload format 2.0) and gives the request in it."""
    body = event.get("body") or ""
    return Request(
        provider=provider,
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass"),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        path_parameters=event.get("pathParameters") or {},
        received_at=received_at,
        delivery_id=delivery_id,
        settings=settings,
    )


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _without_lone_surrogates(document: str) -> str:
    """Replaces each half of a surrogate pair that stands alone, which no UTF-8 can carry, by U+FFFD."""
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], document)
