"""The exceptions of the gateway, one for each party that has to act."""

from pathlib import Path


class InvalidPayload(Exception):
    """An authenticated request that can't be understood and therefore is quarantined.

    `reason` says why; `field` names the field at fault (`payload.umid`), if there is one. Both are logged, so neither
    may quote the message.
    """

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field


class DependencyUnavailable(Exception):
    """One of our own resources (queue, bucket, table, topic, parameter) failed or didn't respond; the sender must
    retry.

    `what` names the resource; `cause` is logged by its kind, never by its text.
    """

    def __init__(self, what: str, cause: BaseException | None = None) -> None:
        super().__init__(f"{what} unavailable" + (f" ({cause_of(cause)})" if cause else ""))
        self.what = what


class NotFound(Exception):
    """The object doesn't exist, or this function may not read it: S3 doesn't tell the two apart."""


class AuthenticationError(Exception):
    """A request that doesn't prove who sent it.

    `challenges` are the values of WWW-Authenticate to respond with.
    """

    def __init__(self, reason: str, challenges: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.challenges = challenges


class ConfigurationError(Exception):
    """A setting is missing or invalid; the message says which one and how to fix it. An operator must act."""


class NotConfigured(ConfigurationError):
    """The provider has no secret yet. Anyone who knows its URL can ask, so it is counted and raises no alarm."""


class UnlistedAddress(AuthenticationError):
    """A request without valid credentials, from an address that isn't in `source_ips`: certainly not the provider."""


def cause_of(error: BaseException) -> str:
    """Return an error's kind without its text, which may quote a message or a secret.

    With its text where that is declared fit for a log, as by the errors of AWS: `AwsServiceError AccessDenied
    SendMessage`.
    """
    kind = type(error).__name__
    return f"{kind} {error}" if getattr(error, "safe_to_log", False) else kind


def location_of(error: BaseException) -> str:
    """Return the file and line that raised an error (`handler.py:42`); empty for one without a traceback."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}" if traceback else ""
