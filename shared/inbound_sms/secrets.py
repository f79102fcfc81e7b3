"""A provider's secrets, from Parameter Store, kept for minutes."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from inbound_sms.auth import Secrets
from inbound_sms.aws import AWS_ERRORS
from inbound_sms.errors import Misconfigured, Unavailable, cause_of
from inbound_sms.observability import count, logger

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_SHORTEST_AGE_SECONDS = 10.0  # refused requests make us look for a new secret at most this often


class SecretStore:
    """Reads one SecureString; serves what it last read while Parameter Store is out of reach."""

    def __init__(
        self,
        ssm: "SSMClient",
        parameter: str,
        max_age_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._max_age = max_age_seconds
        self._clock = clock
        self._secrets: Secrets | None = None
        self._read_at = 0.0
        self._tried_at = float("-inf")

    def get(self) -> Secrets:
        """Gives the secrets; raises Unavailable or Misconfigured where there are none to go by."""
        if self._secrets is None or self._clock() - self._read_at > self._max_age:
            return self._read()
        return self._secrets

    def newer(self) -> Secrets | None:
        """Gives the secrets read anew, for a request that the known ones refuse: a rotation may have begun.

        None where they were read (or tried to) a moment ago.
        """
        if self._clock() - self._tried_at < _SHORTEST_AGE_SECONDS:
            return None
        return self._read()

    def _read(self) -> Secrets:
        self._tried_at = self._clock()
        try:
            self._secrets = self._parse(self._fetch())
            self._read_at = self._tried_at
        except (Unavailable, Misconfigured) as error:
            if self._secrets is None:
                raise
            # A provider that we knew a moment ago is not locked out by a fault of ours.
            self._read_at = self._tried_at - self._max_age + _SHORTEST_AGE_SECONDS
            count("SecretsStale")
            logger.error("secrets could not be read anew, the last known ones are used", cause=str(error))
        return self._secrets

    def _fetch(self) -> str:
        try:
            response = self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)
        except AWS_ERRORS as error:
            if "ParameterNotFound" in cause_of(error):
                raise Misconfigured(f"no secret configured: parameter {self._parameter} does not exist") from None
            raise Unavailable(f"parameter {self._parameter}", error) from error
        return response["Parameter"]["Value"]

    def _parse(self, value: str) -> Secrets:
        try:
            return Secrets.model_validate_json(value)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(map(str, fault["loc"]))
            raise Misconfigured(f"parameter {self._parameter}: {where} {fault['msg']}".replace("  ", " ")) from None
