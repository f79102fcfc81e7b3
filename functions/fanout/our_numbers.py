"""The names of our numbers: from the parameter Routes, or from a parameter of their own that is read again."""

from inbound_sms.errors import ConfigurationError, DependencyUnavailable, cause_of
from inbound_sms.observability import count, logger
from inbound_sms.publishing.message_attributes import Routes, read_routes

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inbound_sms.auth.secret_store import ParameterCache

_MAX_AGE_SECONDS = 300.0


class OurNumbers(Mapping[str, str]):
    """The routes that are known at the moment. A mistake in them is logged and counted, and stops nothing."""

    def __init__(self, setting: str, parameter: str = "") -> None:
        self.known: Routes = _read("Routes", setting)
        self._stored = _stored(parameter) if parameter else None
        self.refresh()

    def __getitem__(self, number: str) -> str:
        return self.known[number]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def refresh(self) -> None:
        """Read the parameter anew, every four to five minutes. What was known stays while it can't be read."""
        if self._stored is None:
            return
        try:
            self.known = self._stored.get()
        except Exception as error:  # noqa: BLE001 - events go out without a route sooner than not at all
            count("RoutesWrong")
            told = isinstance(error, ConfigurationError | DependencyUnavailable)
            logger.error("routes not read, those last known are used", cause=str(error) if told else cause_of(error))


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

        def parse(self, text: str) -> Routes:
            routes, faults = read_routes(text)
            if faults and not routes:
                raise ConfigurationError(f"parameter {parameter}: {faults[0]}")
            return _read(f"parameter {parameter}", text)

    return Stored(aws_client.ssm(), parameter, _MAX_AGE_SECONDS)
