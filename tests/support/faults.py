"""Clients for moto with something wrong on the way to AWS, made by botocore's own events; nothing here waits."""

from collections.abc import Callable
from copy import copy
from itertools import count
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from aws_client.boto3_clients import Boto3Client
from tests.support.world import client as client_of


def new_client(service: str) -> Any:
    """Return a client of the test's own, to hang something on: a copy, because making one takes a tenth of a second.

    What botocore does from `before-send` on still goes by the events of the original.
    """
    made: Any = object.__new__(Boto3Client)
    made.plain = _copied(client_of(service).plain)
    made.plain.meta = _copied(made.plain.meta)
    made.plain.meta.events = copy(made.plain.meta.events)
    return made


def _copied(original: Any) -> Any:
    made = object.__new__(type(original))
    vars(made).update(vars(original))
    return made


def calls_of(client: Any, operation: str) -> list[dict[str, Any]]:
    """Return a list that grows by the parameters of each call of this operation, failed calls included."""
    calls: list[dict[str, Any]] = []
    _on(client, "provide-client-params", operation, lambda params, **_: calls.append(params))
    return calls


def failing(
    service: str,
    operation: str,
    fault: str | Exception = "AccessDeniedException",
    *,
    times: int = 1_000,
    message: str = "a text that must not be told",
    status: int = 400,
    meanwhile: Callable[[], None] = lambda: None,
    client: Any = None,
) -> Any:
    """Return a client whose calls of one operation fail, the first `times` of them, and never reach moto.

    They get an error of AWS, given by its code, or raise an exception that nobody thought of. With `client`: the same
    client, with this fault beside those that it has.
    """
    client = client or new_client(service)
    error = {"Error": {"Code": fault, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    so_far = count()  # counts in one step, whatever thread asks

    def called(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        meanwhile()
        if next(so_far) >= times:
            return None
        if isinstance(fault, Exception):
            raise fault
        return AWSResponse("", status, HTTPHeaders(), None), error

    _on(client, "before-call", operation, called)
    return client


def failing_and_raising(service: str, operation: str, message: str, code: str = "AccessDeniedException") -> list[Any]:
    """Return two clients: the calls of the one get an error of AWS with this text, those of the other raise one."""
    return [failing(service, operation, code, message=message), failing(service, operation, RuntimeError(message))]


def _on(client: Any, event: str, operation: str, act: Callable[..., Any]) -> None:
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"{event}.{service}.{operation}", act)
