"""A chaos run, from an empty stack to the accounts."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from gateway.errors import GatewayError
from gateway.local.engine import free_port
from gateway.local.local_stack import LocalStack, local_stack
from gateway.progress import Progress, silent
from tests.support.outside import Outside
from verification.chaos.accounts import Account, Evidence, Found, accounts, claimed, found_in, is_of, unrecorded
from verification.chaos.faults import Plan
from verification.chaos.journal import Journal
from verification.chaos.proxy import Proxy
from verification.chaos.traffic import Traffic, messages
from verification.chaos.wire import contained
from verification.chaos.workers import Workers

_LOOK_SECONDS = 0.25
_SETTLING_SECONDS = 20.0
_STANDSTILL_SECONDS = 60.0  # the engine may need long for a new worker


@dataclass(frozen=True)
class Setting:
    """What a run is asked for. `faults`: the share of requests that meet one; `kills`: requests between two of them."""

    messages: int = 3_000
    seed: int = 1
    seconds: float = 1_200.0  # after that, nothing goes wrong any more
    faults: float = 0.08
    kills: float = 800.0
    receives: int = 10  # deliveries to the fan-out before a message is a dead letter
    function_seconds: int = 8
    faster: float = 100.0  # the providers' waits are so many times shorter

    @property
    def visibility_seconds(self) -> int:
        """How long SQS hides a message: not a moment longer than a function and a dead one's claim may take."""
        return self.function_seconds + 2


@dataclass(frozen=True)
class Result:
    functions: dict[str, str]
    traffic: Traffic
    journal: Journal
    workers: Workers
    found: Found
    accounts: list[Account]

    @property
    def wrong(self) -> list[Account]:
        return [account for account in self.accounts if account.wrong]


def run(setting: Setting, work: Path, progress: Progress = silent) -> Result:
    """Let a stack of its own live through it."""
    parameters = {
        "FanoutTimeoutSeconds": str(setting.function_seconds),
        "MaxReceives": str(setting.receives),
        "FanoutConcurrency": "6",
        "JoinSeconds": "10",
    }
    with local_stack(free_port(), work=work, parameters=parameters, progress=progress) as running:
        return run_on(running, setting, work, progress)


def run_on(running: LocalStack, setting: Setting, work: Path, progress: Progress = silent) -> Result:
    """Play everything on a stack that works in a folder, drain it, draw up the accounts; leave it as it was."""
    outside = Outside(running.stack, cache(running.aws.client))
    workers = Workers(work, running.stack.functions["fanout"])
    proxy = Proxy(running.stack.endpoint, Plan(setting.seed, setting.faults), workers)
    sent = messages(setting.messages, setting.seed, running.stack)
    traffic = Traffic(sent, setting.seed, setting.faster)
    kill = partial(workers.kill_at_random, setting.seed, setting.kills, proxy.journal.__len__)
    visible_soon = _soon_visible(running, setting.visibility_seconds)
    with proxy.serving(), visible_soon, _led_to(proxy, outside), _beside(workers.note_ends):
        with progress(f"Playing {traffic.planned:,} deliveries"), _beside(lambda _: kill(proxy.plan.over)):
            _play(traffic, proxy, setting)
        with progress("Draining the queues"):
            _drain(outside, proxy, setting)
    with progress("Drawing up the accounts"):
        no_time = unrecorded(work / "engine.log")
        evidence = Evidence(proxy.journal, workers.ended, setting.function_seconds + 1, no_time)
        found = found_in(outside, _events(outside, proxy.journal, setting.seed), setting.seed)
        delivered = {token for token, each in traffic.deliveries.items() if any(one.delivered for one in each)}
        done = accounts(claimed(sent, lambda message: message.token in delivered), found, evidence)
    return Result(running.stack.functions, traffic, proxy.journal, workers, found, done)


@contextmanager
def _soon_visible(running: LocalStack, seconds: int) -> Iterator[None]:
    """Have messages come back sooner than the template allows."""
    sqs, url, name = running.aws.sqs, running.stack.queues.events, "VisibilityTimeout"
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


@contextmanager
def _led_to(proxy: Proxy, outside: Outside) -> Iterator[None]:
    """Have every function take the proxy for AWS: as its endpoint, and in every URL that it is given."""
    engine, ours = (f":{endpoint.rpartition(':')[2]}/" for endpoint in (outside.stack.endpoint, proxy.endpoint))
    with ExitStack() as led:
        for function in outside.stack.functions:
            variables = {name: value.replace(engine, ours) for name, value in outside.variables(function).items()}
            led.enter_context(outside.configured(function, **variables | {"AWS_ENDPOINT_URL": proxy.endpoint}))
        yield


@contextmanager
def _beside(task: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run a task in a thread while the `with` block lasts; it gets the event that tells it to stop."""
    over = threading.Event()
    thread = threading.Thread(target=task, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5)


def _play(traffic: Traffic, proxy: Proxy, setting: Setting) -> None:
    timer = threading.Timer(setting.seconds, proxy.plan.over.set)
    timer.daemon = True
    timer.start()
    try:
        traffic.play()
    finally:
        timer.cancel()
        proxy.plan.over.set()


def _drain(outside: Outside, proxy: Proxy, setting: Setting) -> None:
    """Wait until no message is on its way any more; raises GatewayError where nothing moves and some still are."""
    before, moved = None, time.monotonic()
    while (backlog := outside.backlog(delayed=True)) or not proxy.is_idle:
        if before != (now := (backlog, len(proxy.journal))):
            before, moved = now, time.monotonic()
        elif time.monotonic() > moved + setting.visibility_seconds + _STANDSTILL_SECONDS:
            raise GatewayError(f"{backlog} messages are still in the queue, and nothing happens to them")
        time.sleep(_LOOK_SECONDS)


def _events(outside: Outside, journal: Journal, seed: int) -> list[str]:
    """Return one seed's events, once all that SNS accepted are there; the accounts tell if some never come."""
    carried = (entry for entry in journal if entry.call.service == "sns" and entry.succeeded)
    published = sum(len(entry.call.documents) for entry in carried)
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        arrived = (event for name in ("messages", "delivery") for event in outside.inbox(name))
        each_alone = (event for each in arrived for _, event in contained(json.dumps(each, sort_keys=True)))
        events = [event for event in each_alone if is_of(seed, event)]
        if len(events) >= published or time.monotonic() > deadline:
            return events
        time.sleep(_LOOK_SECONDS)
