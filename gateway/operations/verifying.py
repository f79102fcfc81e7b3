"""The first-day test: each provider's messages go the whole way, and what must not go through doesn't."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx

from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Quarantine, Selection
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.sending import Signer, sender_of
from gateway.operations.tail import Filter, Listener, listening
from gateway.simulator import Post, Verdict, new_client, send

WORD = "gateway-verify"  # the first word of every text, by which subscribers can leave the tests out
_AT_ONCE = 4
_ANSWER_SECONDS = 30.0  # a cold start may take longer than a provider waits, which then sends it again
_ARRIVAL_SECONDS = 60.0
_SETTLING_SECONDS = 3.0  # in which a duplicate would still have come
_METRICS_SECONDS = 240.0
_POLL_SECONDS = 10.0
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Check:
    """What was tried of a provider, and whether it holds: None where it couldn't be tried here."""

    provider: str
    what: str
    holds: bool | None
    how: str


@dataclass
class _Tried:
    """What was posted as one provider: by its token, when; what the answers were."""

    provider: str
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    posted_at: float = 0.0
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    answers: dict[str, tuple[int | None, bool]] = field(default_factory=dict)  # status, taken for delivered
    broken: bytes = b""
    fault: str = ""


Arrivals = dict[str, list[tuple[float, dict[str, Any]]]]  # by token: when, and the event


def verify(installation: Installation, providers: list[str], sleep: Sleep = time.sleep) -> Iterator[Check]:
    """Post as each provider a message, the same again, one that is signed wrong and a broken one; yield what holds.

    Takes away what it made: its queue, and what it had quarantined. Raises what boto3 raises.
    """
    with listening(installation, Filter(topic="messages"), who="verify") as listener:
        with ThreadPoolExecutor(_AT_ONCE) as pool, new_client() as client:
            posting = [pool.submit(_post_as, installation, provider, client) for provider in providers]
            arrived: Arrivals = defaultdict(list)
            while not all(each.done() for each in posting):
                _listen(listener, arrived)
            tried = [each.result() for each in posting]
        _await(listener, arrived, {each.token for each in tried if not each.fault})
    for each in tried:
        yield from _judged(installation, each, arrived)
    yield from _metrics(installation, [each for each in tried if not each.fault], sleep)


def _post_as(installation: Installation, provider: str, client: httpx.Client) -> _Tried:
    tried = _Tried(provider)
    try:
        document = SecretsStore(installation, provider).secrets()
    except GatewayError as error:
        tried.fault = str(error)
        return tried
    sender = sender_of(provider)
    message, right = sender.message, Signer(installation, provider, document)
    body = message.body(text=f"{WORD} {tried.token}")
    answer = partial(_answer, client, sender.retries)
    tried.posted_at = time.monotonic()
    tried.answers["message"] = answer(right.signed(message, body))
    tried.answers["duplicate"] = answer(right.signed(message, body))
    if document.get("authentication") != "none":
        wrong = Signer(installation, provider, document, wrong=True)
        tried.answers["wrong credentials"] = answer(wrong.signed(message, message.body(1, text=f"{WORD} wrong")))
    broken = right.signed(message, sender.broken[0])  # which some providers put into an envelope
    tried.broken = broken.body
    tried.answers["broken body"] = answer(broken)
    return tried


def _answer(client: httpx.Client, retries: Any, post: Post) -> tuple[int | None, bool]:
    try:
        response = send(client, post, _ANSWER_SECONDS)
    except httpx.HTTPError:
        return None, False
    return response.status_code, retries.read(response.status_code, response.content) is Verdict.DELIVERED


# ---- What arrives ----------------------------------------------------------------------------------------------


def _listen(listener: Listener, arrived: Arrivals) -> None:
    for body in listener.arrived(1):
        event = json.loads(body)
        words = str(event.get("data", {}).get("text")).split()
        if words[:1] == [WORD]:
            arrived[words[-1]].append((time.monotonic(), event))


def _await(listener: Listener, arrived: Arrivals, tokens: set[str]) -> None:
    deadline = time.monotonic() + _ARRIVAL_SECONDS
    while not tokens <= arrived.keys() and time.monotonic() < deadline:
        _listen(listener, arrived)
    deadline = time.monotonic() + _SETTLING_SECONDS
    while time.monotonic() < deadline:
        _listen(listener, arrived)


# ---- What holds ------------------------------------------------------------------------------------------------


def _judged(installation: Installation, tried: _Tried, arrived: Arrivals) -> Iterator[Check]:
    if tried.fault:
        yield Check(tried.provider, "message", None, f"not tried: {tried.fault}")
        return
    came = arrived[tried.token]
    check = partial(Check, tried.provider)
    status, delivered = tried.answers["message"]
    if not delivered or not came:
        yield check("message", False, f"answered {status}" + ("" if delivered else ", not as the provider wants it"))
    else:
        at, event = came[0]
        yield check("message", True, f"on the topic after {(at - tried.posted_at) * 1_000:.0f} ms")
        yield check("claim", _is_claimed(installation, event["id"]), "the event is on record as published")
    status, delivered = tried.answers["duplicate"]
    yield check("duplicate", delivered and len(came) == 1, f"answered {status}, published {len(came)} times in all")
    if "wrong credentials" in tried.answers:
        status, delivered = tried.answers["wrong credentials"]
        refused = status is not None and 400 <= status < 500 and not delivered
        yield check("wrong credentials", refused and not arrived["wrong"], f"answered {status}")
    else:
        yield check("wrong credentials", None, "not tried: authentication is none")
    yield _broken(installation, tried)


def _is_claimed(installation: Installation, event_id: str) -> bool:
    found = installation.client("dynamodb").get_item(
        TableName=installation.deployed.table, Key={"id": {"S": event_id}}, ConsistentRead=True
    )
    return "published_at" in found.get("Item", {})


def _broken(installation: Installation, tried: _Tried) -> Check:
    status, delivered = tried.answers["broken body"]
    quarantine = Quarantine(installation)
    # The clock is the gateway's: a second's difference to ours must not hide what we put there.
    recent = quarantine.select(Selection(provider=tried.provider, since=tried.since - timedelta(seconds=5)))
    ours = [each for each in recent if quarantine.one(each.key)[1] == tried.broken]
    for each in ours:
        quarantine.delete(each.key)
    how = f"answered {status}" + (f", quarantined ({ours[-1].reason}) and taken out again" if ours else "")
    return Check(tried.provider, "broken body", delivered and bool(ours), how)


def _metrics(installation: Installation, tried: list[_Tried], sleep: Sleep) -> Iterator[Check]:
    """CloudWatch makes metrics of the functions' lines (EMF) within some minutes."""
    if installation.local:
        yield from (Check(each.provider, "metrics", None, "not tried: the local engine makes none") for each in tried)
        return
    missing, deadline = {each.provider: each for each in tried}, time.monotonic() + _METRICS_SECONDS
    while missing:
        for provider in [each for each, one in missing.items() if _is_counted(installation, one)]:
            del missing[provider]
            yield Check(provider, "metrics", True, "Accepted is counted")
        if missing and time.monotonic() > deadline:
            how = f"Accepted is not counted within {_METRICS_SECONDS:.0f} s"
            yield from (Check(provider, "metrics", False, how) for provider in missing)
            return
        if missing:
            sleep(_POLL_SECONDS)


def _is_counted(installation: Installation, tried: _Tried) -> bool:
    dimensions = {"provider": tried.provider, "service": installation.name}
    found = installation.client("cloudwatch").get_metric_statistics(
        Namespace="InboundSms",
        MetricName="Accepted",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=tried.since.replace(second=0, microsecond=0),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return any(each["Sum"] for each in found["Datapoints"])
