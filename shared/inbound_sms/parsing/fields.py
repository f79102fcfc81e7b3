"""Field types for the models of payloads: strict about what identifies a message, lenient about everything else."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from inbound_sms.errors import InvalidPayload
from inbound_sms.model import Model, first_fault

T = TypeVar("T")


def _or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


# A field of secondary importance: an invalid value becomes None instead of rejecting the payload.
Lenient = Annotated[T | None, WrapValidator(_or_none)]

# A list. It may not be longer than what fits into an event, and validation ends at the first invalid item: collecting
# errors for 100,000 items would take 400 times the memory of the body.
Several = Annotated[tuple[T, ...], Field(fail_fast=True, max_length=5_000)]

# An id that a provider assigns; it becomes part of a key in DynamoDB and of a message attribute.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


_STANDARD = str.maketrans("-_", "+/")


def base64_of(value: str) -> str | None:
    """Return Base64 as standard Base64, though it is URL-safe, lacks its padding or is broken into lines; else None."""
    text = "".join(value.split()).rstrip("=").translate(_STANDARD)
    try:
        return base64.b64encode(base64.b64decode(text + "=" * (-len(text) % 4), validate=True)).decode()
    except ValueError:
        return None


def base64_of_hex(value: str) -> str | None:
    """Return hexadecimal digits as Base64; None if they are none."""
    try:
        return base64.b64encode(bytes.fromhex(value)).decode()
    except ValueError:
        return None


class Payload(Model):
    """Base class of the models of payloads. Unknown fields are ignored, and a number is accepted for a string."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, frozen=True)


P = TypeVar("P", bound=Payload)


def read(model: type[P], payload: Mapping[str, Any], within: str | None = None) -> P:
    """Validate a payload, or its field `within`, by a model.

    Raises InvalidPayload naming the first invalid field, but never quoting its value.
    """
    try:
        return model.model_validate(payload if within is None else payload.get(within))
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, ".".join(filter(None, [within, where])) or None) from None
