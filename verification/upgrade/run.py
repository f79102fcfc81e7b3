"""An update: another version is deployed over the one that runs, with messages in every state, while all post on."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from gateway.local.local_stack import NAME, deploy
from gateway.operations.dead_letters import DeadLetters
from gateway.operations.deployed import Deployed, outputs_of, resources_of
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Quarantine, Selection
from tests.support.versions import Version
from verification.chaos.accounts import token_of
from verification.chaos.traffic import Kind, Message, messages
from verification.chaos.trial import ENDPOINT, Result, Trial
from verification.upgrade.flight import Poller

STATEFUL = ("Table", "Queue", "Topic", "Bucket", "Api")  # what holds messages, and what others know the address of
STATES = {  # of messages when the update begins, and how many are brought into each
    "published before": 10,
    "in the dead-letter queue": 3,
    "claimed by a worker that died": 6,
    "taken by a worker that died": 8,
    "in the queue": 5,
    "in the quarantine": 2,
}
PUBLISHED, GIVEN_UP, CLAIMED, TAKEN, QUEUED, SET_ASIDE = STATES
MEANWHILE = "posted during the update"
_POOL = 2_500  # messages that the providers have
_MEANWHILE = 800  # of them at most, as many as there is time for
_SECONDS_AFTER = 1.0  # that the providers go on posting for, once the update is done


@dataclass
class Stage:
    """One update: what was in flight, by state, and the resources before and after."""

    before: Version
    after: Version
    flight: dict[str, list[Message]] = field(default_factory=dict)
    resources: list[dict[str, str]] = field(default_factory=list)
    code: list[dict[str, str]] = field(default_factory=list)
    replayed: int = 0
    redriven: int = 0
    unpublished_claims: int = 0
    seconds: float = 0.0

    @property
    def moved(self) -> dict[str, str]:
        """The stateful resources that were there and are not what they were, each with what it was and is."""
        before, after = self.resources
        return {name: f"{id_}, now {after.get(name)}" for name, id_ in before.items() if after.get(name) != id_}

    @property
    def told(self) -> str:
        """What it did, for whoever reads the report."""
        figures = (
            f"{self.after.name}: {len(self.resources[0])} stateful resources, {len(self.moved)} of them moved or gone; "
            f"{len(self.code[0]) - len(self.same_code)} of {len(self.code[0])} functions with other code; "
            f"redriven {self.redriven}, replayed {self.replayed}; {self.seconds:.0f} s"
        )
        return "\n".join([figures, *(f"MOVED: {name} was {it}" for name, it in self.moved.items())])

    @property
    def same_code(self) -> list[str]:
        """The functions that were not updated."""
        before, after = self.code
        return [name for name in before if before[name] == after[name]]


class Upgrade:
    """A stack on trial by updates, and the messages that its providers have."""

    def __init__(self, trial: Trial, times: int = 1) -> None:
        """Bring so many times the messages in flight."""
        self._trial = trial
        self._times = times
        self._running, self._outside, self._post = trial.running, trial.outside, trial.traffic.post
        self._poller = Poller(trial.running, trial.outside)
        self._first: frozenset[str] = frozenset()
        # One version may publish parts by themselves, and the next one joined. Each is sent again after the update.
        pool = messages(_POOL, trial.seed, trial.running.stack, torn=False)
        self._pool = [replace(message, posts=1) for message in pool]

    def run(self, versions: list[Version]) -> tuple[list[Stage], Result]:
        """Deploy each version over the one before it; the first one runs."""
        with self._trial.going_on():
            stages = [self._update(Stage(*each)) for each in itertools.pairwise(versions)]
        groups = {f"{stage.before.name} → {stage.after.name}: when the update began": stage.flight for stage in stages}
        return stages, self._trial.result(groups)

    def _update(self, stage: Stage) -> Stage:
        """Bring messages into each state, deploy a version over the one that runs, and get everything back."""
        with self._trial.progress(f"Bringing messages in flight under {stage.before.name}"):
            held = self._bring_in_flight(stage)
        earlier = [message for found in stage.flight.values() for message in found]
        with self._trial.progress(f"Deploying {stage.after.name} with sam deploy, while the providers post"):
            self._deploy_meanwhile(stage)
        with self._trial.progress("Letting go, redriving, replaying, and every provider sending again"):
            self._poller.let_go(held)
            self._get_back(stage)
            self._post(earlier)
            self._trial.drain()
        return stage

    def _bring_in_flight(self, stage: Stage) -> list[Any]:
        """Return the messages that are held, as a worker would hold them."""

        def post(state: str, **only: object) -> None:
            stage.flight[state] = self._post(self._next(STATES[state] * self._times, **only))

        poller, provider = self._poller, self._pool[0].provider  # any will do
        post(PUBLISHED)
        self._trial.drain()
        with poller.paused():
            post(GIVEN_UP, kind=Kind.NEW)
            post(CLAIMED, kind=Kind.NEW)
            failed = poller.fail(poller.take())
            tokens = {message.token for message in stage.flight[GIVEN_UP]}
            given_up = [message for message in failed if token_of(message["Body"]) in tokens]
            poller.give_up(given_up)
            held = [message for message in failed if message not in given_up]
            stage.unpublished_claims = len(self._unpublished())
            post(TAKEN)
            held += poller.take()
            post(QUEUED)
            with self._outside.configured(provider, MAX_EVENT_BYTES="300"):  # no event fits
                post(SET_ASIDE, kind=Kind.NEW, provider=provider)
        return held

    def _next(self, count: int, **only: object) -> list[Message]:
        """Take messages that were never posted out of what the providers have."""
        fitting = (each for each in self._pool if all(getattr(each, name) == value for name, value in only.items()))
        chosen = list(itertools.islice(fitting, count))
        tokens = {message.token for message in chosen}
        self._pool = [message for message in self._pool if message.token not in tokens]
        return chosen

    def _deploy_meanwhile(self, stage: Stage) -> None:
        self._note_resources(stage)
        over, began = threading.Event(), time.monotonic()
        template = leading_to(self._trial.proxy.endpoint, stage.after.template)
        with ThreadPoolExecutor(1) as pool:
            posting = pool.submit(self._post, self._next(_MEANWHILE), over)
            try:
                deploy(self._running.aws, self._trial.work, stage.after.parameters, template)
                stage.seconds = time.monotonic() - began
                over.wait(_SECONDS_AFTER)
            finally:
                over.set()
            stage.flight[MEANWHILE] = posting.result()
        self._note_resources(stage)

    def _get_back(self, stage: Stage) -> None:
        """Do what an operator does: `gateway dlq redrive` and `gateway quarantine replay`."""
        aws, stack = self._running.aws, self._running.stack
        dead_letters = DeadLetters(aws.sqs, stack.queues.dead_letters, stack.queues.events)
        stage.redriven = dead_letters.redrive(lambda *_: None)
        deployed = Deployed(stack.endpoint, outputs_of(aws.cloudformation, NAME))
        quarantine = Quarantine(Installation(NAME, "dev", deployed, aws.client, stack))
        outcomes = list(quarantine.replay(quarantine.select(Selection(reason="too large"))))
        stage.replayed = sum(each.outcome == "accepted" for each in outcomes)

    def _unpublished(self) -> list[Any]:
        pages = self._outside.boto("dynamodb").get_paginator("scan").paginate(TableName=self._running.stack.table)
        return [item for page in pages for item in page["Items"] if "published_at" not in item]

    def _note_resources(self, stage: Stage) -> None:
        found = dict(self._stateful())
        self._first = self._first or frozenset(found)  # a way back takes away what the way there added
        stage.resources.append({name: id_ for name, id_ in found.items() if name in self._first})
        stage.code.append(dict(self._code()))

    def _stateful(self) -> Iterator[tuple[str, str]]:
        """Yield what is stateful, by name: its id, and of a table when it was made, for one made anew has its name."""
        dynamodb = self._outside.boto("dynamodb")
        for each in resources_of(self._running.aws.cloudformation, NAME):
            kind, id_ = each["ResourceType"].rpartition("::")[2], each["PhysicalResourceId"]
            if kind == "Table":
                id_ += f" of {dynamodb.describe_table(TableName=id_)['Table']['CreationDateTime']}"
            if kind in STATEFUL:
                yield each["LogicalResourceId"], id_

    def _code(self) -> Iterator[tuple[str, str]]:
        for name, function in self._running.stack.functions.items():
            it = self._running.aws.functions.get_function_configuration(FunctionName=function)
            yield name, f"{it['CodeSha256']} {[layer['Arn'] for layer in it['Layers']]}"


def leading_to(endpoint: str, template: Path) -> Path:
    """Write where AWS is into a built template, for every function, as the deployment replaces what they know of it."""
    it = yaml.load(template.read_text(), yaml.CSafeLoader)
    variables = it["Globals"]["Function"].setdefault("Environment", {}).setdefault("Variables", {})
    variables[ENDPOINT] = endpoint
    template.write_text(yaml.safe_dump(it, sort_keys=False))
    return template
