"""What is read from Parameter Store and cached for minutes: a provider's secrets, and a document that describes it."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from aws_client import AwsError, AwsServiceError, Ssm, is_throttled
from inbound_sms.auth import Secrets
from inbound_sms.errors import ConfigurationError, DependencyUnavailable, NotConfigured
from inbound_sms.model import first_fault
from inbound_sms.observability import count, logger

_MIN_AGE_SECONDS = 10.0  # refused requests cause a new read at most this often
_MAX_AGE_SECONDS = 86_400.0  # secrets are used no longer than this while Parameter Store is unavailable
_OUTAGE_SECONDS = 2.0  # a failure is remembered for this long, so that not every request waits for a timeout
_EARLY = 0.2  # of the maximum age: functions that started together must not read again together
PATIENCE_SECONDS = 2.0  # a throttled read that came back within this is tried once more, after a second at most


T = TypeVar("T")


@dataclass
class ParameterCache(Generic[T]):
    """Reads one parameter, and returns the last known value while Parameter Store is unavailable.

    If the parameter becomes invalid, the last known value remains in use. If it is deleted, no request is accepted
    any more; that is a fault, whereas NotConfigured means that there never was any value.

    A subclass says by `parse` what a parameter's text means, by WHAT what it holds, and by STALE what is counted
    while the last known value is used.
    """

    WHAT: ClassVar[str] = "values"
    STALE: ClassVar[str] = "SecretsStale"

    _ssm: Ssm
    parameter: str
    _max_age: float  # seconds
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self._value: T | None = None
        self._failure: DependencyUnavailable | ConfigurationError | None = None
        self._fresh_for = self._max_age
        self._read_at = self._attempted_at = float("-inf")

    def parse(self, text: str) -> T:
        """Return what the parameter's text means. Raises ConfigurationError."""
        raise NotImplementedError

    def get(self) -> T:
        """Return the value. Raises DependencyUnavailable or ConfigurationError if there is none to use."""
        if self._value is None and self._failure and self._age(self._attempted_at) < _remember_seconds(self._failure):
            raise self._failure.with_traceback(None)  # or the traceback would grow with each request
        fresh_for = self._fresh_for if self._read_at == self._attempted_at else _MIN_AGE_SECONDS
        if self._value is None or self._age(self._attempted_at) > fresh_for:
            return self._read()
        return self._value

    def refreshed(self) -> T | None:
        """Read the parameter again, for a request that cached secrets don't authenticate: a rotation may have begun.

        Return None if the last attempt was only seconds ago. Raises as `get` does.
        """
        if self._age(self._attempted_at) < _MIN_AGE_SECONDS:
            return None
        return self._read()

    def _age(self, moment: float) -> float:
        return self.clock() - moment

    def _read(self) -> T:
        self._attempted_at, self._failure = self.clock(), None
        try:
            self._value = self.parse(self._fetch())
            self._read_at = self._attempted_at
            self._fresh_for = self._max_age * (1 - _EARLY * self.chance())
        except (DependencyUnavailable, ConfigurationError) as error:
            deleted = isinstance(error, NotConfigured)
            if deleted and self._read_at > float("-inf"):
                error = ConfigurationError(str(error))
            self._failure = error
            too_old = self._age(self._read_at) > _MAX_AGE_SECONDS
            if self._value is None or too_old or deleted:
                self._value = None
                raise error from None
            # A failure on our side must not lock out a provider that could authenticate a moment ago.
            count(self.STALE)
            logger.error(f"{self.WHAT} could not be refreshed, the last known ones are used", cause=str(error))
        return self._value

    def _fetch(self) -> str:
        try:
            response = self._get_parameter()
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code == "ParameterNotFound":
                raise NotConfigured(
                    f"no {self.WHAT.removesuffix('s')} configured: parameter {self.parameter} does not exist"
                ) from None
            raise DependencyUnavailable(f"parameter {self.parameter}", error) from error
        value: str = response["Parameter"]["Value"]
        return value

    def _get_parameter(self) -> Any:
        """Read the parameter; raise AwsError. Without a value a throttled read is tried once more: a burst that starts
        many functions meets Parameter Store's 40 reads a second, and a moment's wait is better than a 503.
        """
        started = self.clock()
        try:
            return self._ssm.get_parameter(Name=self.parameter, WithDecryption=True)
        except AwsError as error:
            if self._value or not is_throttled(error) or self._age(started) > PATIENCE_SECONDS:
                raise
        self.pause(self.chance())
        return self._ssm.get_parameter(Name=self.parameter, WithDecryption=True)


class SecretStore(ParameterCache[Secrets]):
    """Reads a provider's secrets."""

    WHAT = "secrets"

    def parse(self, text: str) -> Secrets:
        try:
            secrets = Secrets.model_validate_json(text)
        except ValidationError as error:
            fault, where = first_fault(error)
            raise ConfigurationError(f"parameter {self.parameter}: {where} {fault}".replace("  ", " ")) from None
        if secrets.authentication == "none":
            logger.warning("authentication is none: anyone who knows the URL is let in", parameter=self.parameter)
        return secrets


def _remember_seconds(failure: DependencyUnavailable | ConfigurationError) -> float:
    """Return how long to remember a failure: each read counts against a quota that the whole AWS account shares."""
    return _OUTAGE_SECONDS if isinstance(failure, DependencyUnavailable) else _MIN_AGE_SECONDS
