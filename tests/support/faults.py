"""Clients for moto with something wrong on the way to AWS, made by botocore's own events; nothing here waits."""

from collections.abc import Callable
from itertools import count
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from aws_client.boto3_clients import Boto3Client


def new_client(service: str) -> Any:
    """Return a client of the test's own, to hang something on."""
    return Boto3Client(service)


def calls_of(client: Any, operation: str) -> list[dict[str, Any]]:
    """Return a list that grows by the parameters of each call of this operation, failed calls included."""
    calls: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        calls.append(params)

    client.meta.events.register_first(f"provide-client-params.{_event(client, operation)}", note)
    return calls


def failing(
    service: str,
    operation: str,
    code: str = "AccessDeniedException",
    *,
    times: int = 1_000,
    message: str = "a text that must not be told",
    status: int = 400,
    meanwhile: Callable[[], None] = lambda: None,
    client: Any = None,
) -> Any:
    """Return a client whose calls of one operation get an error, the first `times` of them, and never reach moto.

    With `client`: the same client, with this fault beside those that it has.
    """
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def refuse() -> tuple[AWSResponse, dict[str, Any]]:
        return AWSResponse("", status, HTTPHeaders(), None), error

    return _instead(client or new_client(service), operation, refuse, times, meanwhile)


def raising(service: str, operation: str, error: Exception, *, times: int = 1_000) -> Any:
    """Return a client whose calls of one operation raise what nobody thought of, the first `times` of them."""

    def fail() -> Any:
        raise error

    return _instead(new_client(service), operation, fail, times)


def failing_and_raising(service: str, operation: str, message: str, code: str = "AccessDeniedException") -> list[Any]:
    """Return two clients: the calls of the one get an error of AWS with this text, those of the other raise one."""
    return [
        failing(service, operation, code, message=message),
        raising(service, operation, RuntimeError(message)),
    ]


def _instead(
    client: Any, operation: str, act: Callable[[], Any], times: int, meanwhile: Callable[[], None] = lambda: None
) -> Any:
    so_far = count()  # counts in one step, whatever thread asks

    def called(**_: Any) -> Any:
        meanwhile()
        return act() if next(so_far) < times else None

    client.meta.events.register_first(f"before-call.{_event(client, operation)}", called)
    return client


def losing_first_answer(service: str, operation: str) -> tuple[Any, list[int]]:
    """Return a client whose first request reaches moto, but whose answer is lost: botocore repeats it.

    And a list of the attempts that were made.
    """
    client = new_client(service)
    attempts: list[int] = []

    def repeat(**said: Any) -> int | None:
        attempts.append(said["attempts"])
        return 0 if said["attempts"] == 1 else None  # how long to wait before the next attempt; None: no more of them

    client.meta.events.register_first(f"needs-retry.{_event(client, operation)}", repeat)
    return client, attempts


def _event(client: Any, operation: str) -> str:
    return f"{client.meta.service_model.service_id.hyphenize()}.{operation}"
