"""AWS as the functions use it, as pure functions: from what it holds and a request to what it holds then and answers.

Everything is immutable and hashable, so that states can be kept, compared and gone back to. What can go wrong on the
way is in `FAULTS`: the request is carried out never, once or twice, and the caller hears an answer or an error.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from itertools import chain, combinations
from typing import Any, NamedTuple

from aws_client.errors import AwsServiceError, RequestNotSent, ResponseLost
from bench.table import ConditionFailed, Item, written

_ENTRIES = {"publish_batch": "PublishBatchRequestEntries", "send_message_batch": "Entries"}
FrozenItem = tuple[tuple[str, str, str], ...]  # (attribute, type, value), sorted
Params = Mapping[str, Any]

_OUR_ERRORS: dict[str, Callable[[], Exception]] = {
    "timeout": lambda: ResponseLost("Any", "TimeoutError"),
    "reset": lambda: ResponseLost("Any", "ConnectionResetError"),
    "no connection": lambda: RequestNotSent("Any", "ConnectionRefusedError"),
    "unexpected": lambda: RuntimeError("nobody thought of this"),
}


class Stores(NamedTuple):
    """What AWS holds: the table by key, the bucket by key, what SNS accepted, what was queued, the parameters."""

    table: tuple[tuple[str, FrozenItem], ...] = ()
    bucket: tuple[tuple[str, bytes], ...] = ()
    accepted: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


class Reply(NamedTuple):
    """What a caller hears: a value, or an error."""

    value: Any = None
    error: Callable[[], Exception] | None = None


class Fault(NamedTuple):
    """Something that goes wrong with one request."""

    name: str
    times: int  # how often the request is carried out
    error: str | None  # what the caller hears instead of the answer
    seconds: float  # how long it has to wait for that
    left_out: tuple[str, ...] = ()  # entries of a batch that are not accepted


# A call takes 7 s at worst, a publication (which the client never repeats by itself) 6 s: aws_client.
FAULTS = (
    Fault("throttled", 0, "ThrottlingException", 0),
    Fault("fails", 0, "InternalServerError", 0),
    Fault("times out", 0, "timeout", 7),
    Fault("carried out, answer lost", 1, "reset", 0),
    Fault("carried out, times out", 1, "timeout", 7),
    Fault("carried out, slow answer", 1, None, 7),
    Fault("carried out, answer lost, repeated by the client", 2, None, 0),
    Fault("carried out, unexpected error", 1, "unexpected", 0),
)
PUBLISH_FAULTS = (
    Fault("throttled", 0, "Throttling", 0),
    Fault("fails", 0, "InternalError", 0),
    Fault("no connection", 0, "no connection", 1),
    Fault("times out", 0, "timeout", 6),
    Fault("accepted, answer lost", 1, "reset", 0),
    Fault("accepted, times out", 1, "timeout", 6),
    Fault("accepted, slow answer", 1, None, 6),
    Fault("accepted, unexpected error", 1, "unexpected", 0),
)


FEW = {
    "throttled",
    "times out",
    "no connection",
    "carried out, times out",
    "accepted, times out",
    "carried out, slow answer",
    "carried out, answer lost, repeated by the client",
}


def faults(operation: str, params: Params, *, few: bool = False) -> tuple[Fault, ...]:
    """Return what can go wrong with a request (or a few of these, one of a sort); for a batch also every way of
    accepting it in part.
    """
    possible: tuple[Fault, ...] = PUBLISH_FAULTS if operation == "publish_batch" else FAULTS
    if few:
        possible = tuple(fault for fault in possible if fault.name in FEW)
    if operation not in _ENTRIES:
        return possible
    return possible + _in_part(tuple(entry["Id"] for entry in params[_ENTRIES[operation]]))


def error_of(fault: Fault, operation: str) -> Callable[[], Exception] | None:
    if fault.error is None or fault.error in _OUR_ERRORS:
        return _OUR_ERRORS.get(fault.error or "")
    return _refusal(fault.error, operation)


def carry_out(stores: Stores, operation: str, params: Params, token: str, left_out: tuple[str, ...] = ()) -> "Done":
    """Carries out a request; `token` makes what AWS invents (ids) unique."""
    match operation:
        case "put_item" | "update_item":
            return _write(stores, operation, params)
        case "publish_batch":
            return _publish(stores, params, token, left_out)
        case "put_object":
            bucket = dict(stores.bucket) | {f"{params['Bucket']}/{params['Key']}": bytes(params["Body"])}
            return Done(stores._replace(bucket=tuple(sorted(bucket.items()))), Reply({}))
        case "send_message":
            queued = (*stores.queued, params["MessageBody"])
            return Done(stores._replace(queued=queued), Reply({"MessageId": token}))
        case "send_message_batch":
            taken = [entry for entry in params["Entries"] if entry["Id"] not in left_out]
            queued = (*stores.queued, *(entry["MessageBody"] for entry in taken))
            return Done(stores._replace(queued=queued), Reply(_in_part_answer(taken, token, left_out)))
        case "get_parameter":
            value = dict(stores.parameters)[params["Name"]]
            return Done(stores, Reply({"Parameter": {"Value": value}}))
    raise NotImplementedError(operation)


class Done(NamedTuple):
    stores: Stores
    reply: Reply


def thaw(item: FrozenItem) -> dict[str, dict[str, str]]:
    return {name: {kind: value} for name, kind, value in item}


def _write(stores: Stores, operation: str, params: Params) -> Done:
    table = dict(stores.table)
    key = params["Item" if operation == "put_item" else "Key"]
    name = key["id"]["S"]
    old = thaw(table[name]) if name in table else {}
    try:
        new = _written(table.get(name, ()), json.dumps(params))
    except ConditionFailed:
        told = old if params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
        return Done(stores, Reply(error=_refusal("ConditionalCheckFailedException", operation, told)))
    answer = {"Attributes": thaw(new)} if params.get("ReturnValues") == "ALL_NEW" else {}
    return Done(stores._replace(table=tuple(sorted((table | {name: new}).items()))), Reply(answer))


@cache
def _written(old: FrozenItem, request: str) -> FrozenItem:
    """Return the item after a request in JSON; the same ones come again and again."""
    return _freeze(written(thaw(old), json.loads(request)))


def _publish(stores: Stores, params: Params, token: str, left_out: tuple[str, ...]) -> Done:
    entries = params["PublishBatchRequestEntries"]
    taken = [entry for entry in entries if entry["Id"] not in left_out]
    # SNS keeps no order, and two schedules that differ in nothing else are the same.
    accepted = tuple(sorted((*stores.accepted, *(entry["Message"] for entry in taken))))
    return Done(stores._replace(accepted=accepted), Reply(_in_part_answer(taken, token, left_out)))


def _in_part_answer(taken: list[Any], token: str, left_out: tuple[str, ...]) -> dict[str, Any]:
    return {
        "Successful": [{"Id": entry["Id"], "MessageId": f"aws-{token}-{entry['Id']}"} for entry in taken],
        "Failed": [{"Id": id_, "Code": "InternalError", "SenderFault": False} for id_ in left_out],
    }


def _refusal(code: str, operation: str, item: Item | None = None) -> Callable[[], Exception]:
    details = {"Item": dict(item)} if item else {}
    return lambda: AwsServiceError(operation, code, details=details)


@cache
def _in_part(ids: tuple[str, ...]) -> tuple[Fault, ...]:
    subsets = chain.from_iterable(combinations(ids, size) for size in range(1, len(ids) + 1))
    return tuple(Fault(f"not accepted: {' '.join(some)}", 1, None, 0, some) for some in subsets)


def _freeze(item: Item) -> FrozenItem:
    return tuple(sorted((name, kind, value) for name, typed in item.items() for kind, value in typed.items()))
