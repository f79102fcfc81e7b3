"""Writing on record, after something was published, that it was."""

from inbound_sms.errors import DependencyUnavailable, cause_of

from collections.abc import Callable

InTime = Callable[[], bool]

_TRIES = 3


def attempt(write: Callable[[], None], in_time: InTime) -> str | None:
    """Make a write, up to three times while there is time. Return why it failed, or None. Never raises."""
    cause = "out of time"
    for _ in range(_TRIES):
        if not in_time():
            break
        try:
            write()
        except DependencyUnavailable as error:
            cause = str(error)
        except Exception as error:  # noqa: BLE001 - if it were raised, SQS would deliver a published event again
            cause = f"unexpected error: {cause_of(error)}"
        else:
            return None
    return cause
