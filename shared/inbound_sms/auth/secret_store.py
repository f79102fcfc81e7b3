"""A provider's secrets, from Parameter Store, kept for minutes."""

import time
from collections.abc import Callable

from pydantic import ValidationError

from aws_client import AwsError, AwsServiceError, Ssm
from inbound_sms.auth import Secrets
from inbound_sms.errors import ConfigurationError, DependencyUnavailable
from inbound_sms.model import first_fault
from inbound_sms.observability import count, logger

_SHORTEST_AGE_SECONDS = 10.0  # requests that can't be let in make us look for a new secret at most this often
_LONGEST_AGE_SECONDS = 86_400.0  # no secret is good for longer while Parameter Store is out of reach
_OUTAGE_SECONDS = 2.0  # remembered for so long, so that an outage doesn't make every request wait for its time-out


class _Deleted(ConfigurationError):
    """There is no such parameter."""


class SecretStore:
    """Reads one SecureString; serves what it last read while Parameter Store is out of reach.

    A mistake in it leaves the last known secrets in force; a parameter that was deleted lets nobody in any more.
    """

    def __init__(
        self,
        ssm: Ssm,
        parameter: str,
        max_age_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._max_age = max_age_seconds
        self._clock = clock
        self._secrets: Secrets | None = None
        self._failure: DependencyUnavailable | ConfigurationError | None = None
        self._read_at = float("-inf")
        self._tried_at = float("-inf")

    def get(self) -> Secrets:
        """Gives the secrets; raises DependencyUnavailable or ConfigurationError where there are none to go by."""
        if self._secrets is None and self._failure and self._since(self._tried_at) < _remembered(self._failure):
            raise self._failure.with_traceback(None)  # or each time would add to it
        fresh_for = self._max_age if self._read_at == self._tried_at else _SHORTEST_AGE_SECONDS
        if self._secrets is None or self._since(self._tried_at) > fresh_for:
            return self._read()
        return self._secrets

    def newer(self) -> Secrets | None:
        """Gives the secrets read anew, for a request that the known ones refuse: a rotation may have begun.

        None where they were read (or tried to) a moment ago.
        """
        if self._since(self._tried_at) < _SHORTEST_AGE_SECONDS:
            return None
        return self._read()

    def _since(self, moment: float) -> float:
        return self._clock() - moment

    def _read(self) -> Secrets:
        self._tried_at, self._failure = self._clock(), None
        try:
            self._secrets = self._parse(self._fetch())
            self._read_at = self._tried_at
            if self._secrets.authentication == "none":
                logger.warning("authentication is none: whoever knows the URL is let in", parameter=self._parameter)
        except (DependencyUnavailable, ConfigurationError) as error:
            self._failure = error
            too_old = self._since(self._read_at) > _LONGEST_AGE_SECONDS
            if self._secrets is None or too_old or isinstance(error, _Deleted):
                self._secrets = None
                raise
            # A provider that we knew a moment ago is not locked out by a fault of ours.
            count("SecretsStale")
            logger.error("secrets could not be read anew, the last known ones are used", cause=str(error))
        return self._secrets

    def _fetch(self) -> str:
        try:
            response = self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)
        except AwsError as error:
            if isinstance(error, AwsServiceError) and error.code == "ParameterNotFound":
                raise _Deleted(f"no secret configured: parameter {self._parameter} does not exist") from None
            raise DependencyUnavailable(f"parameter {self._parameter}", error) from error
        value: str = response["Parameter"]["Value"]
        return value

    def _parse(self, value: str) -> Secrets:
        try:
            return Secrets.model_validate_json(value)
        except ValidationError as error:
            fault, where = first_fault(error)
            raise ConfigurationError(f"parameter {self._parameter}: {where} {fault}".replace("  ", " ")) from None


def _remembered(failure: DependencyUnavailable | ConfigurationError) -> float:
    """How many seconds for: each look counts against Parameter Store's quota, which the whole account shares."""
    return _OUTAGE_SECONDS if isinstance(failure, DependencyUnavailable) else _SHORTEST_AGE_SECONDS
