"""A provider's secrets, read from Parameter Store and cached for minutes."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


@dataclass
class SecretStore:
    """Reads one SecureString, and returns the last known secrets while Parameter Store is unavailable.

    If the parameter becomes invalid, the last known secrets remain in use. If it is deleted, no request is accepted
    any more; that is a fault, whereas NotConfigured means that there never were any secrets.
    """

    _ssm: Ssm
    _parameter: str
    _max_age: float  # seconds
    _clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        self._secrets: Secrets | None = None
        self._failure: DependencyUnavailable | ConfigurationError | None = None
        self._fresh_for = self._max_age
        self._read_at = self._attempted_at = float("-inf")

    def get(self) -> Secrets:
        """Return the secrets. Raises DependencyUnavailable or ConfigurationError if there are none to use."""
        if self._secrets is None and self._failure and self._age(self._attempted_at) < _remember_seconds(self._failure):
            raise self._failure.with_traceback(None)  # or the traceback would grow with each request
        fresh_for = self._fresh_for if self._read_at == self._attempted_at else _MIN_AGE_SECONDS
        if self._secrets is None or self._age(self._attempted_at) > fresh_for:
            return self._read()
        return self._secrets

    def refreshed(self) -> Secrets | None:
        """Read the secrets again, for a request that the cached ones don't authenticate: a rotation may have begun.

        Return None if the last attempt was only seconds ago. Raises as `get` does.
        """
        if self._age(self._attempted_at) < _MIN_AGE_SECONDS:
            return None
        return self._read()

    def _age(self, moment: float) -> float:
        return self._clock() - moment

    def _read(self) -> Secrets:
        self._attempted_at, self._failure = self._clock(), None
        try:
            self._secrets = self._parse(self._fetch())
            self._read_at = self._attempted_at
            self._fresh_for = self._max_age * (1 - _EARLY * self.chance())
            if self._secrets.authentication == "none":
                logger.warning("authentication is none: anyone who knows the URL is let in", parameter=self._parameter)
        except (DependencyUnavailable, ConfigurationError) as error:
            deleted = isinstance(error, NotConfigured)
            if deleted and self._read_at > float("-inf"):
                error = ConfigurationError(str(error))
            self._failure = error
            too_old = self._age(self._read_at) > _MAX_AGE_SECONDS
            if self._secrets is None or too_old or deleted:
                self._secrets = None
                raise error from None
            # A failure on our side must not lock out a provider that could authenticate a moment ago.
            count("SecretsStale")
            logger.error("secrets could not be refreshed, the last known ones are used", cause=str(error))
        return self._secrets

    def _fetch(self) -> str:
        try:
            response = self._get_parameter()
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code == "ParameterNotFound":
                raise NotConfigured(f"no secret configured: parameter {self._parameter} does not exist") from None
            raise DependencyUnavailable(f"parameter {self._parameter}", error) from error
        value: str = response["Parameter"]["Value"]
        return value

    def _get_parameter(self) -> Any:
        """Read the parameter; raise AwsError. Without secrets a throttled read is tried once more: a burst that starts
        many functions meets Parameter Store's 40 reads a second, and a moment's wait is better than a 503.
        """
        started = self._clock()
        try:
            return self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)
        except AwsError as error:
            if self._secrets or not is_throttled(error) or self._age(started) > PATIENCE_SECONDS:
                raise
        self.pause(self.chance())
        return self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)

    def _parse(self, value: str) -> Secrets:
        try:
            return Secrets.model_validate_json(value)
        except ValidationError as error:
            fault, where = first_fault(error)
            raise ConfigurationError(f"parameter {self._parameter}: {where} {fault}".replace("  ", " ")) from None


def _remember_seconds(failure: DependencyUnavailable | ConfigurationError) -> float:
    """Return how long to remember a failure: each read counts against a quota that the whole AWS account shares."""
    return _OUTAGE_SECONDS if isinstance(failure, DependencyUnavailable) else _MIN_AGE_SECONDS
