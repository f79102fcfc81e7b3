"""The environment of the functions, as checked models. What one function alone reads stands beside it."""

import os
from datetime import tzinfo
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from inbound_sms.errors import ConfigurationError
from inbound_sms.model import Model, first_fault
from inbound_sms.parsing.text import known_charset

_SIZE_OF_A_NOTIFICATION = 262_144  # SNS: a message with its attributes


def words(value: object) -> object:
    """Takes a list of words with commas in between, gives the set of them in casefolded form."""
    if not isinstance(value, str):
        return value
    found = (" ".join(word.split()).casefold() for word in value.split(","))
    return frozenset(word for word in found if word)  # a comma too many must not make an empty text a stop word


def _zone(value: object) -> object:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a function with a zone of its own pays for it, and carries tzdata

    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not a time zone of the IANA database") from error


# A setting that is a time zone, by its IANA name.
TimeZone = Annotated[tzinfo, BeforeValidator(_zone)]


def _charset(value: object) -> object:
    if isinstance(value, str) and known_charset(value) is None:
        raise ValueError("not a charset that is known here")
    return value


class Environment(Model):
    """The environment variables of a function, named as its fields, in upper case."""

    model_config = ConfigDict(
        frozen=True, alias_generator=str.upper, populate_by_name=True, arbitrary_types_allowed=True
    )

    @classmethod
    def load(cls) -> Self:
        """Reads the environment; raises ConfigurationError, naming each variable at fault."""
        try:
            return cls.model_validate(dict(os.environ))
        except ValidationError as error:
            faults = (f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False, include_url=False))
            raise ConfigurationError("environment variables: " + "; ".join(faults)) from None


class ParseSettings(Model):
    """What reading a payload depends on."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    form_fallback_charset: Annotated[str, BeforeValidator(_charset)] = "windows-1252"
    opt_out_words: Annotated[frozenset[str], BeforeValidator(words)] = frozenset({"stop"})


class ProviderSettings(Model):
    """Base of the settings of a provider's own: a model of its own in the provider's folder, each with a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, arbitrary_types_allowed=True)


def provider_settings(model: type[Model], provider: str, setting: str) -> Model:
    """Read a provider's own settings out of the environment's list for all, as `acme.max_age_seconds=600`.

    Raises ConfigurationError naming the setting at fault.
    """
    pairs = (entry.strip().partition("=") for entry in setting.split(",") if entry.strip())
    own = {name.partition(".")[2]: value for name, _, value in pairs if name.partition(".")[0] == provider}
    try:
        return model.model_validate(own)
    except ValidationError as error:
        fault, where = first_fault(error)
        raise ConfigurationError(f"ProviderSettings: {provider}.{where}: {fault}") from None


class IngestSettings(Environment, ParseSettings):
    """The environment of a function that ingests messages."""

    queue_url: str
    quarantine_bucket: str
    payloads_bucket: str
    max_event_bytes: int = Field(default=_SIZE_OF_A_NOTIFICATION - 8_192, gt=0)  # leaves room for the attributes


class WebhookSettings(IngestSettings):
    """The environment of a provider's function."""

    provider_parameter: str
    max_body_bytes: int = Field(default=_SIZE_OF_A_NOTIFICATION, gt=0)
    secrets_max_age_seconds: float = Field(default=300, ge=0)
    provider_settings: str = ""  # for all providers; each reads its own
    public_url: str = ""  # the base URL that providers call, where that isn't the API's own domain
