"""Fields of the models of what providers send: strict about what identifies a message, lenient about all else."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

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
    """Read a payload, or its field `within`, by a model.

    Raises InvalidPayload naming the first field at fault, never its content.
    """
    try:
        return model.model_validate(payload if within is None else payload.get(within))
    except ValidationError as error:
        fault, where = first_fault(error)
        raise InvalidPayload(fault, ".".join(filter(None, [within, where])) or None) from None
