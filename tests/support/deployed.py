"""The functions as template.yaml deploys them and Lambda starts them, over moto."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

import aws_client
from inbound_sms import observability
from inbound_sms.observability import logger, metrics
from tests.support.calls import ACCOUNT, REGION, Call, listen
from tests.support.captured_output import CapturedOutput
from tests.support.faults import new_client
from tests.support.template import functions, resolved, resources
from tests.support.world import World

_SERVICES = ("sqs", "s3", "ssm", "sns", "dynamodb")
_made: list[Call] = []


@cache
def _client(service: str) -> Any:
    return listen(new_client(service), _made.append)


_ARN = f"{REGION}:{ACCOUNT}"
_PHYSICAL: Mapping[str, Callable[[World], str]] = {
    "AWS::Partition": lambda _: "aws",
    "AWS::Region": lambda _: REGION,
    "AWS::AccountId": lambda _: ACCOUNT,
    "EventsQueue": lambda aws: aws.queue_url,
    "EventsQueue.Arn": lambda _: f"arn:aws:sqs:{_ARN}:events",
    "QuarantineBucket": lambda aws: aws.bucket,
    "QuarantineBucket.Arn": lambda aws: f"arn:aws:s3:::{aws.bucket}",
    "PayloadsBucket": lambda aws: aws.payloads,
    "PayloadsBucket.Arn": lambda aws: f"arn:aws:s3:::{aws.payloads}",
    "ClaimsTable": lambda aws: aws.table,
    "ClaimsTable.Arn": lambda aws: f"arn:aws:dynamodb:{_ARN}:table/{aws.table}",
    "MessagesTopic": lambda aws: aws.topics["messages"],
    "DeliveryTopic": lambda aws: aws.topics["delivery"],
}


@dataclass(frozen=True)
class Physical(Mapping[str, str]):
    """The names of what the functions work on, under the names that template.yaml has for it; each when it is asked
    for, so that what no function needs is not made.
    """

    aws: World

    def __getitem__(self, name: str) -> str:
        if name not in _PHYSICAL and name in resources("AWS::SNS::Topic"):
            return f"arn:aws:sns:{_ARN}:{name}"
        return _PHYSICAL[name](self.aws)

    def __iter__(self) -> Iterator[str]:
        return iter(_PHYSICAL)

    def __len__(self) -> int:
        return len(_PHYSICAL)


class Context:
    """Lambda's context, as far as it tells the time that is left."""

    def __init__(self, remaining_ms: int = 25_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


@dataclass
class Deployed:
    """The stack's functions. What they call is in `calls`, by function; what they let out goes to `heard`."""

    aws: World
    patch: pytest.MonkeyPatch
    heard: CapturedOutput
    calls: dict[str, set[Call]] = field(default_factory=dict)

    def start(
        self,
        name: str,
        *,
        clients: Mapping[str, Any] = MappingProxyType({}),
        environment: Mapping[str, str | None] = MappingProxyType({}),
    ) -> "Function":
        """Start a function anew, by its name in template.yaml; with some clients, and variables (None: not there)."""
        properties = functions()[name]
        physical = Physical(self.aws)
        variables = {key: str(resolved(value, physical)) for key, value in properties["Environment"].items()}
        for key, value in {**variables, "AWS_LAMBDA_FUNCTION_NAME": name, **environment}.items():
            if value is None:
                self.patch.delenv(key, raising=False)
            else:
                self.patch.setenv(key, value)
        for service in _SERVICES:
            client = listen(clients[service], _made.append) if service in clients else _client(service)
            self.patch.setattr(aws_client, service, lambda client=client: client)
        logger.remove_keys(["provider", "delivery_id"])
        metrics.clear_metrics()
        metrics.default_dimensions.clear()
        self.patch.setattr(observability, "_dimensions", {})
        module, _, attribute = properties["Handler"].partition(".")
        function = Function(self, name, lambda: getattr(imported_anew(module), attribute))
        function.get_ready()
        return function

    def note_calls(self, name: str) -> None:
        """Write the calls made since the last time down to a function."""
        self.calls.setdefault(name, set()).update(_made)
        _made.clear()


@dataclass
class Function:
    """A running function."""

    deployed: Deployed
    name: str
    start: Callable[[], Any]
    handler: Any = None

    def get_ready(self) -> None:
        """Return what Lambda does before the first event; failing that, it tries again with each."""
        _made.clear()
        try:
            self.handler = self.start()
        except Exception as error:  # noqa: BLE001 - as Lambda's runtime does
            self.deployed.heard.uncaught(error)
        self.deployed.note_calls(self.name)

    def __call__(self, event: dict[str, Any], context: Context | None = None) -> Any:
        """Return the answer, or the error that got out."""
        if self.handler is None:
            self.get_ready()
        _made.clear()
        try:
            answer = self.handler(event, context or Context())
        except Exception as error:  # noqa: BLE001 - as Lambda's runtime does
            self.deployed.heard.uncaught(error)
            return error
        finally:
            self.deployed.note_calls(self.name)
        self.deployed.heard.answers.append(json.dumps(answer))
        return answer


def imported_anew(module: str) -> Any:
    """Import a function's module as a cold start does."""
    before = sys.modules.pop(module, None)
    try:
        return importlib.import_module(module)
    finally:
        if before:
            sys.modules[module] = before
