"""What the tables of a document are made of: texts, paths of fields, times."""

from inbound_sms.api import Model, TimeZone

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainValidator, StringConstraints

_MAX_DIRECTIVES = 12
_MOST_VALUES = 100
_MOST_CHARACTERS = 1_000


def _listed(value: object, shortest: int = 0) -> object:
    """Return a list of texts, if it is one, or a single one. By hand, since there are so many of them in the models:
    building their validators took most of what a cold start took longer than another provider's.
    """
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_VALUES:
        raise ValueError("neither a text nor a list of texts")
    if not all(isinstance(each, str) and shortest <= len(each) <= _MOST_CHARACTERS for each in listed):
        raise ValueError("neither a text nor a list of texts")
    return listed


def _path(value: object) -> object:
    return _listed(value, shortest=1)


def as_field(value: object) -> object:
    """Return the table for what is given by a field alone."""
    return {"field": value} if isinstance(value, str | list) else value


def _check_format(value: str) -> str:
    """Accept iso, epoch and patterns by which a time can be written and read again; each directive comes once."""
    if value in {"iso", "epoch"}:
        return value
    if value.count("%") > _MAX_DIRECTIVES:
        raise ValueError(f"more than {_MAX_DIRECTIVES} directives")
    try:
        time = datetime(2026, 11, 27, 13, 14, 15, tzinfo=UTC)
        read = datetime.strptime(time.strftime(value), value)  # noqa: DTZ007 - only tried
    except (ValueError, IndexError) as error:
        raise ValueError("neither iso, nor epoch, nor a pattern of datetime.strptime") from error
    if read.date() != time.date():
        raise ValueError("a pattern without year, month or day")
    return value


# The path of a field, dots between the names; of several, the first that is there counts.
Path = Annotated[list[str], PlainValidator(_path)]
Text = Annotated[str, StringConstraints(max_length=1_000)]
Values = Annotated[list[str], PlainValidator(_listed)]


class Part(Model):
    """Base class of the document's tables: what is unknown in one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


class Time(Part):
    """A field that holds a time; `zone` is that of times which name none."""

    field: Path
    format: Annotated[Text, AfterValidator(_check_format)] = "iso"
    zone: TimeZone = UTC


TimeField = Annotated[Time, BeforeValidator(as_field)]
