"""What can go wrong, by who has to act on it."""

from pathlib import Path


class InvalidPayload(Exception):
    """An authenticated request that cannot be understood: it belongs into the quarantine.

    Takes the reason and, where there is one, the field at fault (`payload.umid`). Neither may hold text of the
    message: both are logged.
    """

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field


class DependencyUnavailable(Exception):
    """Something of ours (queue, bucket, table, topic, parameter) did not answer or said no: the sender has to retry."""

    def __init__(self, what: str, cause: BaseException | None = None) -> None:
        super().__init__(f"{what} unavailable" + (f" ({cause_of(cause)})" if cause else ""))
        self.what = what


class NotFound(Exception):
    """What was asked for is not there, or not for this function to read: S3 says the same in both cases."""


class AuthenticationError(Exception):
    """A request that doesn't prove who sent it; with the challenges (WWW-Authenticate) that its sender is to hear."""

    def __init__(self, reason: str, challenges: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.challenges = challenges


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message says which and what to do. Operators have to act."""


def cause_of(error: BaseException) -> str:
    """Gives an error's kind without its text, which may quote a message or a secret.

    With its text where that is declared fit for a log, as by the errors of AWS: `AwsServiceError AccessDenied
    SendMessage`.
    """
    kind = type(error).__name__
    return f"{kind} {error}" if getattr(error, "safe_to_log", False) else kind


def where(error: BaseException) -> str:
    """Gives the place in the code where an error arose, without its text."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}" if traceback else ""
