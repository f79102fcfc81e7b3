"""The functions' environment variables, as validated models. What only one function reads is defined in its module."""

import os
from collections.abc import Mapping
from datetime import tzinfo
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from inbound_sms.errors import ConfigurationError
from inbound_sms.model import Model, first_fault
from inbound_sms.parsing.charsets import known_charset
from inbound_sms.parsing.text import keyword_of

_DAY_SECONDS = 86_400
_MAX_NOTIFICATION_BYTES = 262_144  # SNS: a message with its attributes


def comma_separated(value: object) -> object:
    """Return the set of casefolded names in a comma-separated list; anything but a string as it is."""
    if not isinstance(value, str):
        return value
    return frozenset(name for name in (name.strip().casefold() for name in value.split(",")) if name)


def _read_keywords(value: object) -> object:
    """Return the keywords in a comma-separated list, as messages are compared with them."""
    if not isinstance(value, str):
        return value
    return frozenset(filter(None, map(keyword_of, value.split(","))))


# Keywords, set by a comma-separated list.
Keywords = Annotated[frozenset[str], BeforeValidator(_read_keywords)]


def _parse_zone(value: object) -> object:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - loaded, and tzdata deployed, only where a time zone is configured

    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not a time zone of the IANA database") from error


# A time zone, set by its IANA name.
TimeZone = Annotated[tzinfo, BeforeValidator(_parse_zone)]


def _parse_lookup(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [tuple(part.strip() for part in entry.partition(":")) for entry in value.split(";") if entry.strip()]
    if not all(name and separator and meaning for name, separator, meaning in pairs):
        raise ValueError("not a list of name:value with semicolons between them")
    return {name: meaning for name, _, meaning in pairs}


# What names stand for, such as the number behind the id of a channel, set by `name:value;name:value`.
Lookup = Annotated[Mapping[str, str], BeforeValidator(_parse_lookup)]


def _check_charset(value: object) -> object:
    if isinstance(value, str) and known_charset(value) is None:
        raise ValueError("not a supported charset")
    return value


# The name of a character set.
Charset = Annotated[str, BeforeValidator(_check_charset)]


class Environment(Model):
    """A function's environment variables, named like the fields in upper case."""

    model_config = ConfigDict(
        frozen=True, alias_generator=str.upper, populate_by_name=True, arbitrary_types_allowed=True
    )

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises ConfigurationError naming every invalid variable."""
        try:
            return cls.model_validate(dict(os.environ))
        except ValidationError as error:
            faults = (f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False, include_url=False))
            raise ConfigurationError("environment variables: " + "; ".join(faults)) from None


class ParseSettings(Model):
    """The settings that parsing depends on."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    form_fallback_charset: Charset = "windows-1252"
    max_body_bytes: int = Field(default=_MAX_NOTIFICATION_BYTES, gt=0)
    opt_out_words: Keywords = frozenset({"stop"})
    opt_in_words: Keywords = frozenset({"start"})
    help_words: Keywords = frozenset({"help"})


class ProviderSettings(Model):
    """Base class of the settings that only one provider has, defined in its folder. Every field needs a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, arbitrary_types_allowed=True)


def provider_settings(model: type[Model], provider: str, setting: str) -> Model:
    """Read one provider's own settings.

    `setting` lists those of all providers, separated by commas: `<provider>.<name>=<value>`. Raises
    ConfigurationError naming the invalid one.
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
    max_event_bytes: int = Field(default=_MAX_NOTIFICATION_BYTES - 8_192, gt=0)  # leaves room for message attributes


class WebhookSettings(IngestSettings):
    """The environment of a provider's webhook function."""

    provider_parameter: str
    secrets_max_age_seconds: float = Field(default=300, ge=0)
    provider_settings: str = ""  # of all providers; each reads its own
    claim_retention_days: float = Field(default=7, gt=0)
    public_url: str = ""  # the base URL that providers call, if it isn't the API's own domain

    @property
    def stage(self) -> str:
        """The stage, as the parameter's name has it: `/inbound-sms/<stage>/<provider>`."""
        return self.provider_parameter.rpartition("/")[0].rpartition("/")[2]

    def settings_of_provider(self, model: type[Model], provider: str) -> Model:
        """Read a provider's own settings. Raises ConfigurationError naming the invalid one.

        A signature may not be accepted for longer than its event's id is remembered, less a day: a captured request
        would be published again.
        """
        own = provider_settings(model, provider, self.provider_settings)
        window = getattr(own, "signature_window_seconds", 0)
        longest = (self.claim_retention_days - 1) * _DAY_SECONDS
        if window > longest:
            raise ConfigurationError(
                f"ProviderSettings: {provider}.signature_window_seconds is {window:.0f}, but with ClaimRetentionDays "
                f"{self.claim_retention_days:g} it may be {longest:.0f} at most: a day less"
            )
        return own
