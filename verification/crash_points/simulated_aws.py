"""AWS as the functions use it, as a pure function: from what it holds and a request to what it holds then and answers.

What it holds is immutable and hashable, so that states can be kept, compared and gone back to. Whatever goes wrong on
the way is a `Fault`: the request is carried out never, once or twice, and the caller hears an answer or an error.
"""

import json
from functools import cache
from itertools import chain, combinations
from typing import Any, NamedTuple

from aws_client.errors import AwsServiceError, RequestNotSent, ResponseLost
from bench.table import ConditionFailed, Item, written
from verification.crash_points.replay import Pending

_ENTRIES = {"publish_batch": "PublishBatchRequestEntries", "send_message_batch": "Entries"}
FrozenItem = tuple[tuple[str, str, str], ...]  # (attribute, type, value), sorted


class Stores(NamedTuple):
    """What AWS holds: the table by key, the bucket by key, what SNS accepted, what was queued, the parameters."""

    table: tuple[tuple[str, FrozenItem], ...] = ()
    bucket: tuple[tuple[str, bytes], ...] = ()
    accepted: tuple[str, ...] = ()
    queued: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


class Done(NamedTuple):
    """What AWS holds after a request, and what the caller hears: a value, or an error."""

    stores: Stores
    value: Any = None
    error: Exception | None = None


class Fault(NamedTuple):
    """Something that goes wrong with one request."""

    name: str
    times: int  # how often the request is carried out
    error: Exception | None  # what the caller hears instead of the answer
    seconds: float  # how long it has to wait for that
    left_out: tuple[str, ...] = ()  # entries of a batch that are not accepted


def _service(code: str) -> AwsServiceError:
    return AwsServiceError("Any", code)


NO_FAULT = Fault("", 1, None, 0)
_TIMEOUT, _RESET = ResponseLost("Any", "TimeoutError"), ResponseLost("Any", "ConnectionResetError")
_UNFORESEEN = RuntimeError("nobody thought of this")
# One of a sort, and the rest. A call takes 7 s at worst, a publication (which the client never repeats) 6: aws_client.
_FEW_FAULTS = (
    Fault("throttled", 0, _service("ThrottlingException"), 0),
    Fault("times out", 0, _TIMEOUT, 7),
    Fault("carried out, times out", 1, _TIMEOUT, 7),
    Fault("carried out, slow answer", 1, None, 7),
    Fault("carried out, answer lost, repeated by the client", 2, None, 0),
)
_FAULTS = (
    *_FEW_FAULTS,
    Fault("fails", 0, _service("InternalServerError"), 0),
    Fault("carried out, answer lost", 1, _RESET, 0),
    Fault("carried out, unexpected error", 1, _UNFORESEEN, 0),
)
_FEW_FAULTS_OF_PUBLISHING = (
    Fault("throttled", 0, _service("Throttling"), 0),
    Fault("no connection", 0, RequestNotSent("Any", "ConnectionRefusedError"), 1),
    Fault("times out", 0, _TIMEOUT, 6),
    Fault("accepted, times out", 1, _TIMEOUT, 6),
)
_FAULTS_OF_PUBLISHING = (
    *_FEW_FAULTS_OF_PUBLISHING,
    Fault("fails", 0, _service("InternalError"), 0),
    Fault("accepted, answer lost", 1, _RESET, 0),
    Fault("accepted, slow answer", 1, None, 6),
    Fault("accepted, unexpected error", 1, _UNFORESEEN, 0),
)


def faults(pending: Pending, *, few: bool = False) -> tuple[Fault, ...]:
    """Return what can go wrong with a request; for a batch also every way of accepting it in part."""
    if pending.operation == "publish_batch":
        possible = _FEW_FAULTS_OF_PUBLISHING if few else _FAULTS_OF_PUBLISHING
    else:
        possible = _FEW_FAULTS if few else _FAULTS
    if pending.operation not in _ENTRIES:
        return possible
    return possible + _in_part(tuple(entry["Id"] for entry in pending.params[_ENTRIES[pending.operation]]))


@cache
def _in_part(ids: tuple[str, ...]) -> tuple[Fault, ...]:
    subsets = chain.from_iterable(combinations(ids, size) for size in range(1, len(ids) + 1))
    return tuple(Fault(f"not accepted: {' '.join(some)}", 1, None, 0, some) for some in subsets)


def carry_out(stores: Stores, pending: Pending, fault: Fault = NO_FAULT) -> Done:
    """Carry out a request as often as a fault lets it be."""
    done = Done(stores)
    for _ in range(fault.times):
        done = _carry_out(done.stores, pending, fault.left_out)
    return done._replace(value=None, error=fault.error) if fault.error else done


def _carry_out(stores: Stores, pending: Pending, left_out: tuple[str, ...]) -> Done:
    operation, params = pending.operation, pending.params
    match operation:
        case "put_item" | "update_item":
            return _write(stores, pending)
        case "put_object":
            bucket = dict(stores.bucket) | {f"{params['Bucket']}/{params['Key']}": bytes(params["Body"])}
            return Done(stores._replace(bucket=tuple(sorted(bucket.items()))), {})
        case "send_message":
            return Done(stores._replace(queued=(*stores.queued, params["MessageBody"])), {"MessageId": pending.token})
        case "get_parameter":
            return Done(stores, {"Parameter": {"Value": dict(stores.parameters)[params["Name"]]}})
    taken = [entry for entry in params[_ENTRIES[operation]] if entry["Id"] not in left_out]
    if operation == "publish_batch":
        # SNS keeps no order, and two schedules that differ in nothing else are the same.
        stores = stores._replace(accepted=tuple(sorted((*stores.accepted, *(entry["Message"] for entry in taken)))))
    else:
        stores = stores._replace(queued=(*stores.queued, *(entry["MessageBody"] for entry in taken)))
    answer = {
        "Successful": [{"Id": entry["Id"], "MessageId": f"aws-{pending.token}-{entry['Id']}"} for entry in taken],
        "Failed": [{"Id": id_, "Code": "InternalError", "SenderFault": False} for id_ in left_out],
    }
    return Done(stores, answer)


def _write(stores: Stores, pending: Pending) -> Done:
    table, params = dict(stores.table), pending.params
    name = params["Item" if pending.operation == "put_item" else "Key"]["id"]["S"]
    old = table.get(name, ())
    new = _written(old, json.dumps(params))
    if new is None:
        told = {"Item": thaw(old)} if old and params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
        return Done(stores, error=AwsServiceError("Any", "ConditionalCheckFailedException", details=told))
    answer = {"Attributes": thaw(new)} if params.get("ReturnValues") == "ALL_NEW" else {}
    return Done(stores._replace(table=tuple(sorted((table | {name: new}).items()))), answer)


@cache
def _written(old: FrozenItem, request: str) -> FrozenItem | None:
    """Return the item after a request in JSON, None if it is refused; the same ones come again and again."""
    try:
        return _freeze(written(thaw(old), json.loads(request)))
    except ConditionFailed:
        return None


def thaw(item: FrozenItem) -> dict[str, dict[str, str]]:
    return {name: {kind: value} for name, kind, value in item}


def _freeze(item: Item) -> FrozenItem:
    return tuple(sorted((name, kind, value) for name, typed in item.items() for kind, value in typed.items()))
