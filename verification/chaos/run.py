"""A chaos run, from an empty stack to the accounts."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from gateway.errors import GatewayError
from gateway.local.engine import free_port
from gateway.local.local_stack import LocalStack, local_stack
from gateway.progress import Progress, silent
from tests.support.outside import Outside
from verification.chaos.accounts import Account, Claimed, Evidence, Found, accounts, kept_in, token_of
from verification.chaos.faults import Plan
from verification.chaos.journal import Journal
from verification.chaos.proxy import Proxy
from verification.chaos.traffic import Pace, Traffic, messages
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
    """What a run gave."""

    setting: Setting
    functions: dict[str, str]
    traffic: Traffic
    journal: Journal
    workers: Workers
    found: Found
    accounts: list[Account]
    seconds: dict[str, float]

    @property
    def wrong(self) -> list[Account]:
        """Return what may not be."""
        return [account for account in self.accounts if account.wrong]


Watch = Callable[[Traffic, Proxy, Workers], None]


def run(setting: Setting, work: Path, progress: Progress = silent, watch: Watch | None = None) -> Result:
    """Start a stack, plays everything, drains it, draws up the accounts. `watch` is called now and then meanwhile."""
    parameters = {
        "FanoutTimeoutSeconds": str(setting.function_seconds),
        "MaxReceives": str(setting.receives),
        "FanoutConcurrency": "6",
    }
    clock = Stopwatch()
    with local_stack(free_port(), work=work, parameters=parameters, progress=progress) as running:
        outside = Outside(running.stack, cache(running.aws.client))
        workers = Workers(work, running.stack.functions["fanout"])
        proxy = Proxy(running.stack.endpoint, Plan(setting.seed, setting.faults), workers)
        sent = messages(setting.messages, setting.seed, running.stack)
        traffic = Traffic(sent, setting.seed, Pace(setting.faster))
        with proxy.serving():
            _shorten_visibility(running, setting.visibility_seconds)
            _lead_functions_to(proxy, running)
            clock.lap("start")
            look = partial(watch, traffic, proxy, workers) if watch else lambda: None
            kill = partial(workers.kill_at_random, setting.seed, setting.kills, proxy.journal.__len__)
            with _beside(workers.note_ends):
                with _beside(lambda _: kill(proxy.plan.over)), _beside(partial(_watch, look)):
                    _play(traffic, proxy, setting)
                clock.lap("traffic")
                with progress("Draining the queues"):
                    _drain(outside, proxy, setting)
                clock.lap("drain")
        with progress("Drawing up the accounts"):
            evidence = Evidence(proxy.journal.entries, workers.ended, setting.function_seconds + 1)
            found = _found(outside, proxy.journal)
        clock.lap("accounts")
    clock.lap("end")
    claimed = [
        Claimed(
            token=message.token,
            group=message.group,
            kind=message.kind,
            believed=any(delivery.delivered for delivery in traffic.deliveries[message.token]),
            body=message.request.body,
        )
        for message in sent
    ]
    done = accounts(claimed, found, evidence)
    return Result(setting, running.stack.functions, traffic, proxy.journal, workers, found, done, clock.laps)


class Stopwatch:
    """Takes the time of one stage after the other."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._start = time.monotonic()

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.monotonic()
        self.laps[stage] = now - self._start
        self._start = now


def _shorten_visibility(running: LocalStack, seconds: int) -> None:
    """Less than the template allows, so that retries come soon."""
    running.aws.sqs.set_queue_attributes(
        QueueUrl=running.stack.queues.events, Attributes={"VisibilityTimeout": str(seconds)}
    )


def _lead_functions_to(proxy: Proxy, running: LocalStack) -> None:
    """Return every function the proxy for AWS: as its endpoint, and in every URL that it is given."""
    functions = running.aws.functions
    engine_port = running.stack.endpoint.rpartition(":")[2]
    for name in {*running.stack.functions.values()}:
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        led = {key: value.replace(f":{engine_port}/", f":{proxy.server_port}/") for key, value in variables.items()}
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**led, "AWS_ENDPOINT_URL": proxy.endpoint}}
        )


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


def _watch(look: Callable[[], object], over: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        look()


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
    while (backlog := outside.backlog()) or not proxy.is_idle:
        if before != (now := (backlog, len(proxy.journal))):
            before, moved = now, time.monotonic()
        elif time.monotonic() > moved + setting.visibility_seconds + _STANDSTILL_SECONDS:
            raise GatewayError(f"{backlog} messages are still in the queue, and nothing happens to them")
        time.sleep(_LOOK_SECONDS)


def _found(outside: Outside, journal: Journal) -> Found:
    published = sum(
        len(entry.call.documents) for entry in journal.entries if entry.call.service == "sns" and entry.succeeded
    )
    deadline = time.monotonic() + _SETTLING_SECONDS
    while True:
        events = [
            json.dumps(event, sort_keys=True) for name in ("messages", "delivery") for event in outside.inbox(name)
        ]
        if len(events) >= published or time.monotonic() > deadline:  # short of that, the accounts tell what is missing
            break
        time.sleep(_LOOK_SECONDS)
    by_token: dict[str, list[str]] = {}
    for event in events:
        by_token.setdefault(token_of(event), []).append(event)
    return Found(by_token, frozenset(map(token_of, outside.dead_letters())), kept_in(outside.quarantined()))
