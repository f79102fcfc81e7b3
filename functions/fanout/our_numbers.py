"""The names of our numbers: from the parameter Routes, or from a parameter of their own that is read again."""

from inbound_sms.errors import ConfigurationError, DependencyUnavailable, cause_of
from inbound_sms.observability import count, logger
from inbound_sms.publishing.message_attributes import Routes, read_routes

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inbound_sms.auth.secret_store import ParameterCache

_MAX_AGE_SECONDS = 300.0
_SERVER_ERROR = 500
_PATIENCE_SECONDS = 1.0  # a batch waits no longer for newer routes than those that are known

Submit = Callable[[Callable[[], None]], Future[None]]


class OurNumbers(Mapping[str, str]):
    """The routes that are known at the moment. A mistake in them is logged and counted, and stops nothing."""

    def __init__(self, setting: str, parameter: str, submit: Submit) -> None:
        """Take the setting's text, and where there is one, the name of the parameter, which is read by `submit`."""
        self.known: Routes = _read("Routes", setting)
        self._stored = _stored(parameter) if parameter else None
        self._submit = submit
        self._was_read = self._stored is None
        self._read_again()

    def __getitem__(self, number: str) -> str:
        return self.known[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def ready(self) -> bool:
        """Return whether events may be published; read the parameter anew every four to five minutes.

        Until it was read once, they may not: without its route, an event passes by whoever filters by that. Afterwards
        what was last known stays in force while it can't be read.
        """
        if self._stored is not None and self._was_read:
            wait([self._submit(self._read_again)], _PATIENCE_SECONDS)
        elif not self._was_read:
            self._read_again()
        return self._was_read

    def _read_again(self) -> None:
        if self._stored is None:
            return
        try:
            self.known, self._was_read = self._stored.get(), True
        except DependencyUnavailable as error:
            self._tell(str(error))
        except ConfigurationError as error:
            self._was_read = True  # a mistake of somebody's doesn't end by waiting
            self._tell(str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the fan-out
            self._was_read = True
            self._tell(cause_of(error))

    def _tell(self, cause: str) -> None:
        count("RoutesWrong")
        logger.error("routes not read, those last known are used" if self._was_read else "routes not read", cause=cause)


def _read(name: str, text: str) -> Routes:
    routes, faults = read_routes(text)
    for fault in faults:
        logger.error(f"invalid configuration, published without that route: {name}: {fault}")
    count("RoutesWrong", len(faults))
    return routes


def _stored(parameter: str) -> "ParameterCache[Routes]":
    from inbound_sms.auth.secret_store import ParameterCache  # noqa: PLC0415

    import aws_client  # noqa: PLC0415 - what reads parameters is loaded only where there is one

    class Stored(ParameterCache[Routes]):
        WHAT = "routes"
        STALE = "RoutesWrong"

        def _fetch(self) -> str:
            try:
                return super()._fetch()
            except DependencyUnavailable as error:
                refusal = error.__cause__
                if not isinstance(refusal, aws_client.AwsServiceError) or aws_client.is_throttled(refusal):
                    raise
                if refusal.status >= _SERVER_ERROR:
                    raise
                raise ConfigurationError(str(error)) from None  # a missing permission, above all

        def parse(self, text: str) -> Routes:
            routes, faults = read_routes(text)
            if faults and not routes:
                raise ConfigurationError(f"parameter {parameter}: {faults[0]}")
            return _read(f"parameter {parameter}", text)

    return Stored(aws_client.ssm(), parameter, _MAX_AGE_SECONDS)
