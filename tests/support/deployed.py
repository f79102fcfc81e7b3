"""The functions as template.yaml deploys them and Lambda starts them, over moto."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

import aws_client
from inbound_sms import observability
from inbound_sms.observability import logger, metrics
from inbound_sms.webhook.handler import webhook
from inbound_sms.webhook.provider import Provider
from tests.support.calls import ACCOUNT, REGION, Listened, Permission
from tests.support.captured_output import CapturedOutput, captured
from tests.support.memory import in_memory
from tests.support.providers import registered
from tests.support.template import functions, resolved, resources
from tests.support.world import SERVICES, World, world

_ARN = f"{REGION}:{ACCOUNT}"
# The names of what the functions work on (tests.support.world), under the names that template.yaml has for it.
_BUCKETS = {"QuarantineBucket": "quarantine", "PayloadsBucket": "payloads", "MediaBucket": "media"}
_QUEUES = {"EventsQueue": "events", "MediaDeadLetters": "media-dead-letters"}
PHYSICAL = {
    **{name: f"arn:aws:sns:{_ARN}:{name}" for name in resources("AWS::SNS::Topic")},
    **{name: f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}" for name, queue in _QUEUES.items()},
    **{f"{name}.Arn": f"arn:aws:sqs:{_ARN}:{queue}" for name, queue in _QUEUES.items()},
    **_BUCKETS,
    **{f"{name}.Arn": f"arn:aws:s3:::{bucket}" for name, bucket in _BUCKETS.items()},
    "ClaimsTable": "claims",
    "ClaimsTable.Arn": f"arn:aws:dynamodb:{_ARN}:table/claims",
    "MessagesTopic": f"arn:aws:sns:{_ARN}:messages",
    "DeliveryTopic": f"arn:aws:sns:{_ARN}:delivery",
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
}
_imported: set[str] = set()
_made: list[Permission] = []


@dataclass(frozen=True)
class Context:
    """Lambda's context, as far as it tells the time that is left."""

    remaining_ms: int = 25_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass
class Deployed:
    """The stack's functions. What they call is in `calls`, by function; what they let out goes to `heard`."""

    aws: World
    patch: pytest.MonkeyPatch
    heard: CapturedOutput
    calls: dict[str, set[Permission]] = field(default_factory=dict)

    def start(
        self,
        name: str,
        *,
        clients: Mapping[str, Any] = MappingProxyType({}),
        environment: Mapping[str, str | None] = MappingProxyType({}),
    ) -> "Function":
        """Start a function anew, by its name in template.yaml; with some clients, and variables (None: not there)."""
        properties = functions()[name]
        if "CLAIMS_TABLE" in properties["Environment"]:
            _ = self.aws.table, self.aws.topics  # they are made when they are asked for
        variables = {key: str(resolved(value, PHYSICAL)) for key, value in properties["Environment"].items()}
        for key, value in {**variables, "AWS_LAMBDA_FUNCTION_NAME": name, **environment}.items():
            if value is None:
                self.patch.delenv(key, raising=False)
            else:
                self.patch.setenv(key, value)
        for service in SERVICES:
            client = Listened(service, clients.get(service) or getattr(self.aws, service), _made.append)
            self.patch.setattr(aws_client, service, lambda client=client: client)
        logger.remove_keys(["provider", "delivery_id"])
        metrics.clear_metrics()
        metrics.default_dimensions.clear()
        self.patch.setattr(observability, "_dimensions", {})
        function = Function(self, name)
        function.get_ready()
        return function


@contextmanager
def deployed(*, in_moto: bool = True) -> Iterator[Deployed]:
    made = world() if in_moto else nullcontext(in_memory())
    with pytest.MonkeyPatch.context() as patch, made as aws, captured() as heard:
        yield Deployed(aws, patch, heard)


@dataclass
class Function:
    """A function as Lambda runs it: where its start fails, each event starts it again."""

    deployed: Deployed
    name: str
    handler: Any = None

    def get_ready(self) -> None:
        ready = self._run(lambda: _handler_of(self.name))
        self.handler = None if isinstance(ready, Exception) else ready

    def __call__(self, event: dict[str, Any], context: Context | None = None) -> Any:
        if self.handler is None:
            self.get_ready()
        answer = self._run(lambda: self.handler(event, context or Context()))
        if not isinstance(answer, Exception):
            self.deployed.heard.answers.append(json.dumps(answer))
        return answer

    def _run(self, step: Callable[[], Any]) -> Any:
        _made.clear()
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - as Lambda's runtime does
            self.deployed.heard.uncaught(error)
            return error
        finally:
            self.deployed.calls.setdefault(self.name, set()).update(_made)


@cache
def _providers() -> dict[str, Provider]:
    """Return the providers whose modules do nothing but to make a handler of them, by their functions."""
    return {entry.function: entry.provider for entry in registered() if entry.source.parent == entry.path}


def _handler_of(name: str) -> Any:
    """Return a function's handler as a cold start makes it. To import a module takes longer than all that its handler
    does, so a provider's is imported anew for the first start alone, and makes the same handler of it in the others.
    """
    if name in _imported and name in _providers():
        return webhook(_providers()[name])
    module, _, attribute = functions()[name]["Handler"].partition(".")
    handler = getattr(imported_anew(module), attribute)
    _imported.add(name)
    return handler


def imported_anew(module: str) -> Any:
    """Import a function's module as a cold start does."""
    before = sys.modules.pop(module, None)
    try:
        return importlib.import_module(module)
    finally:
        if before:
            sys.modules[module] = before
