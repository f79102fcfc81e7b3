"""An update of a running stack, with messages in flight: before, meanwhile, after; and the accounts."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.local.engine import free_port
from gateway.local.local_stack import NAME, LocalStack, deploy, local_stack
from gateway.operations.dead_letters import DeadLetters
from gateway.operations.deployed import Deployed, outputs_of, resources_of
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Quarantine, Selection
from gateway.progress import Progress, silent
from tests.support.outside import Outside
from tests.support.versions import Version
from verification.chaos.accounts import Account, accounts, claimed, found_in, token_of, unrecorded
from verification.chaos.traffic import Kind, Message, messages
from verification.upgrade.arrivals import Arrivals, timeouts, update
from verification.upgrade.flight import Poller, Posts

PARAMETERS = {"FanoutTimeoutSeconds": "8", "VisibilityTimeoutSeconds": "25", "MaxReceives": "5"}
STATEFUL = ("Table", "Queue", "Topic", "Bucket", "Api")  # what holds messages, and what others know the address of
_POOL = 2_500  # messages that the providers have
_SETTLING_SECONDS = 120.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Setting:
    seed: int = 1
    published: int = 10
    taken: int = 8
    claimed: int = 6
    given_up: int = 3
    set_aside: int = 2
    queued: int = 5
    meanwhile: int = 800  # at most; as many as there is time for
    seconds_after: float = 1.0  # that the providers go on posting for, once the update is done


@dataclass
class Stage:
    """One update: what was in flight, by state, and the resources before and after."""

    before: Version
    after: Version
    flight: dict[str, list[Message]] = field(default_factory=dict)
    resources: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))
    code: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))
    replayed: int = 0
    redriven: int = 0
    unpublished_claims: int = 0
    seconds: float = 0.0

    @property
    def moved(self) -> dict[str, tuple[str, str | None]]:
        """The stateful resources that are not what they were: what they were, and what they are."""
        before, after = self.resources
        return {name: (id_, after.get(name)) for name, id_ in before.items() if after.get(name) != id_}


@dataclass(frozen=True)
class Result:
    stages: list[Stage]
    accounts: list[Account]
    posts: Posts

    @property
    def wrong(self) -> list[Account]:
        return [account for account in self.accounts if account.wrong]


def run(versions: list[Version], setting: Setting, work: Path, progress: Progress = silent) -> Result:
    """Deploy the first version, and each of the others over the one before it, with messages in flight.

    All get the same parameters, but for what a version says itself.
    """
    versions = [replace(version, parameters={**PARAMETERS, **version.parameters}) for version in versions]
    with local_stack(
        free_port(),
        work=work,
        parameters=versions[0].parameters,
        progress=progress,
        built_template=versions[0].template,
    ) as running:
        upgrade = Upgrade(running, setting, work, progress)
        stages = [upgrade.update(before, after) for before, after in itertools.pairwise(versions)]
        return upgrade.result(stages)


class Upgrade:
    """A running stack, the messages that its providers have, and what came of those that they posted."""

    def __init__(self, running: LocalStack, setting: Setting, work: Path, progress: Progress = silent) -> None:
        """`work` is the stack's own folder: the engine's log is there."""
        self.posts = Posts()
        self._running = running
        self._setting = setting
        self._work = work
        self._progress = progress
        self._outside = Outside(running.stack, cache(running.aws.client))
        self._poller = Poller(running, self._outside)
        self._arrivals = Arrivals()
        self._sent: list[Message] = []
        self._first: frozenset[str] = frozenset()
        # One version may publish parts by themselves, and the next one joined.
        self._pool = messages(_POOL, setting.seed, running.stack, torn=False)

    def update(self, before: Version, after: Version) -> Stage:
        """Bring messages into each state, deploy a version over the one that runs, and get everything back."""
        stage = Stage(before, after)
        with self._progress(f"Bringing messages in flight under {before.name}"):
            held = self._bring_in_flight(stage)
        with self._progress(f"Deploying {after.name} with sam deploy, while the providers post"):
            self._deploy_meanwhile(stage)
        with self._progress("Letting go, redriving, replaying, and every provider sending again"):
            self._poller.let_go(held)
            self._get_back(stage)
            earlier = [message for name, found in stage.flight.items() if name != "meanwhile" for message in found]
            self.posts.post(earlier)
            self._settle()
        return stage

    def result(self, stages: list[Stage]) -> Result:
        fanout = self._running.stack.functions["fanout"]
        seconds = float(stages[-1].before.parameters["FanoutTimeoutSeconds"])
        self._arrivals.excuses += timeouts(self._work / "engine.log", fanout, seconds)
        self._arrivals.unrecorded |= unrecorded(self._work / "engine.log")
        sent = {message.token: message for message in self._sent}.values()
        found = found_in(self._outside, self._arrivals.documents, self._setting.seed)
        return Result(stages, accounts(claimed(sent, self.posts.believed), found, self._arrivals), self.posts)

    def _bring_in_flight(self, stage: Stage) -> list[Any]:
        """Return the messages that are held, as a worker would hold them."""
        setting, poller = self._setting, self._poller
        self._post(stage, "published", setting.published)
        self._settle()
        readable = (Kind.NEW, Kind.REPEATED)
        with poller.paused():
            self._post(stage, "given up", setting.given_up, lambda message: message.kind in readable)
            self._post(stage, "claimed", setting.claimed, lambda message: message.kind in readable)
            failed = poller.fail(poller.take())
            tokens = {message.token for message in stage.flight["given up"]}
            given_up = [message for message in failed if token_of(message["Body"]) in tokens]
            poller.give_up(given_up, lambda: self._outside.backlog("dead_letters"))
            held = [message for message in failed if message not in given_up]
            stage.unpublished_claims = len(self._unpublished())
            self._post(stage, "taken", setting.taken)
            held += poller.take()
            self._post(stage, "queued", setting.queued)
            provider = self._pool[0].provider  # any will do
            with self._outside.configured(provider, MAX_EVENT_BYTES="300"):  # no event fits
                self._post(
                    stage,
                    "set aside",
                    setting.set_aside,
                    lambda message: message.provider == provider and message.kind in readable,
                )
        return held

    def _deploy_meanwhile(self, stage: Stage) -> None:
        resources, code = self._resources(), self._code()
        over = threading.Event()
        began = time.time()
        with ThreadPoolExecutor(1) as pool:
            posting = pool.submit(self.posts.post, self._next(self._setting.meanwhile), over)
            try:
                deploy(self._running.aws, self._work, stage.after.parameters, stage.after.template)
                stage.seconds = time.time() - began
                seconds = float(stage.before.parameters["FanoutTimeoutSeconds"])
                self._arrivals.excuses.append(update(began, time.time(), seconds))
                over.wait(self._setting.seconds_after)
            finally:
                over.set()
            stage.flight["meanwhile"] = posting.result()
        self._sent += stage.flight["meanwhile"]
        stage.resources, stage.code = (resources, self._resources()), (code, self._code())

    def _get_back(self, stage: Stage) -> None:
        """Do what an operator does: `gateway dlq redrive` and `gateway quarantine replay`."""
        queues = self._running.stack.queues
        stage.redriven = DeadLetters(self._running.aws.sqs, queues.dead_letters, queues.events).redrive(lambda *_: None)
        outputs = outputs_of(self._running.aws.cloudformation, NAME)
        installation = Installation(
            NAME, "dev", Deployed(self._running.stack.endpoint, outputs), self._running.aws.client, self._running.stack
        )
        quarantine = Quarantine(installation)
        outcomes = list(quarantine.replay(quarantine.select(Selection(reason="too large"))))
        stage.replayed = sum(each.outcome == "accepted" for each in outcomes)

    def _post(
        self, stage: Stage, state: str, count: int, fits: Callable[[Message], bool] = lambda _message: True
    ) -> None:
        stage.flight[state] = self.posts.post(self._next(count, fits))
        self._sent += stage.flight[state]

    def _next(self, count: int, fits: Callable[[Message], bool] = lambda _message: True) -> list[Message]:
        """Take messages that were never posted out of what the providers have."""
        chosen = list(itertools.islice(filter(fits, self._pool), count))
        tokens = {message.token for message in chosen}
        self._pool = [message for message in self._pool if message.token not in tokens]
        return chosen

    def _settle(self) -> None:
        """Wait until nothing is on its way any more; raises GatewayError where that takes too long."""
        deadline = time.monotonic() + _SETTLING_SECONDS
        arrived = -1
        while self._outside.backlog(delayed=True) or arrived != (arrived := self._arrivals.look(self._running)):
            if time.monotonic() > deadline:
                raise GatewayError(f"{self._outside.backlog(delayed=True)} messages are still in the queue")
            time.sleep(_LOOK_SECONDS)

    def _unpublished(self) -> list[Any]:
        dynamodb = self._outside.boto("dynamodb")
        pages = dynamodb.get_paginator("scan").paginate(TableName=self._running.stack.table)
        return [item for page in pages for item in page["Items"] if "published_at" not in item]

    def _resources(self) -> dict[str, str]:
        """Return what is stateful and was there from the first: a way back takes away what the way there added."""
        found = {name: f"{id_} {made}".strip() for name, id_, made in self._stateful()}
        self._first = self._first or frozenset(found)
        return {name: id_ for name, id_ in found.items() if name in self._first}

    def _stateful(self) -> Iterator[tuple[str, str, str]]:
        """Return name and id of what is stateful, and of a table when it was made: one made anew may have the name."""
        for each in resources_of(self._running.aws.cloudformation, NAME):
            kind, id_ = each["ResourceType"].rpartition("::")[2], each["PhysicalResourceId"]
            if kind in STATEFUL:
                yield each["LogicalResourceId"], id_, self._made(id_) if kind == "Table" else ""

    def _made(self, table: str) -> str:
        return str(self._outside.boto("dynamodb").describe_table(TableName=table)["Table"]["CreationDateTime"])

    def _code(self) -> dict[str, str]:
        functions = self._running.aws.functions
        found = {}
        for name, function in self._running.stack.functions.items():
            configuration = functions.get_function_configuration(FunctionName=function)
            layers = [layer["Arn"] for layer in configuration["Layers"]]
            found[name] = f"{configuration['CodeSha256']} {layers}"
        return found
