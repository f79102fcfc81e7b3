"""A stack on trial: its functions reach AWS through a proxy, its providers post, and every message is accounted for."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.errors import GatewayError
from gateway.local.local_stack import LocalStack
from gateway.progress import Progress, silent
from tests.support.outside import Outside
from verification.chaos.accounts import Account, Evidence, Found, accounts, found_in, is_of, unrecorded
from verification.chaos.faults import Plan
from verification.chaos.proxy import Proxy
from verification.chaos.traffic import Message, Traffic
from verification.chaos.wire import contained
from verification.chaos.workers import Workers

ENDPOINT = "AWS_ENDPOINT_URL"  # by which a function knows another AWS
_LOOK_SECONDS = 0.25
_SETTLING_SECONDS = 20.0
_STANDSTILL_SECONDS = 75.0  # the engine may need long for a new worker


@dataclass(frozen=True)
class Result:
    """How each message ended. `groups` are those to tell apart in a table, by its title and their names."""

    trial: "Trial"
    found: Found
    accounts: list[Account]
    groups: Mapping[str, Mapping[str, Sequence[Message]]]

    @property
    def wrong(self) -> list[Account]:
        return [account for account in self.accounts if account.wrong]


class Trial:
    """A stack that works in a folder, the proxy between its functions and AWS, and what its providers post to it.

    `faults`: the share of the requests to AWS that meet one. `faster`: the providers' waits are so many times shorter.
    """

    def __init__(
        self,
        running: LocalStack,
        work: Path,
        *,
        seed: int = 1,
        faults: float = 0.0,
        function_seconds: int,
        faster: float = 100.0,
        progress: Progress = silent,
    ) -> None:
        self.running = running
        self.outside = Outside(running.stack, cache(running.aws.client))
        self.workers = Workers(work)
        self.proxy = Proxy(running.stack.endpoint, Plan(seed, faults), self.workers)
        self.traffic = Traffic(seed, faster)
        self.work, self.seed, self.progress = work, seed, progress
        self._function_seconds = function_seconds

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Lead the functions to the proxy while the `with` block lasts."""
        over = threading.Event()
        threading.Thread(target=self.workers.note_ends, args=(over,), daemon=True).start()
        with self.proxy.serving():
            self._lead({ENDPOINT: self.proxy.endpoint})
            try:
                yield
            finally:
                self._lead({})
                over.set()

    def _lead(self, where: dict[str, str]) -> None:
        """Write it into the functions as they are now: they may have been updated meanwhile."""
        for name, function in self.running.stack.functions.items():
            kept = {key: value for key, value in self.outside.variables(name).items() if key != ENDPOINT}
            variables = {"Variables": kept | where}
            self.running.aws.functions.update_function_configuration(FunctionName=function, Environment=variables)

    def drain(self) -> None:
        """Wait until no message is on its way any more; raises GatewayError where nothing moves and some still are."""
        before, moved = None, time.monotonic()
        while (backlog := self.outside.backlog(delayed=True)) or not self.proxy.journal.is_idle:
            if before != (now := (backlog, len(self.proxy.journal))):
                before, moved = now, time.monotonic()
            elif time.monotonic() > moved + _STANDSTILL_SECONDS:
                raise GatewayError(f"{backlog} messages are still in the queue, and nothing happens to them")
            time.sleep(_LOOK_SECONDS)

    def result(self, groups: Mapping[str, Mapping[str, Sequence[Message]]]) -> Result:
        """Draw up the accounts."""
        with self.progress("Drawing up the accounts"):
            sent, journal = self.traffic.messages.values(), self.proxy.journal
            no_time = unrecorded(self.work / "engine.log")
            evidence = Evidence(journal, self.workers.ended, self._function_seconds + 1, no_time)
            found = found_in(self.outside, self._events(), self.seed)
            done = accounts(sent, self.traffic.believed, found, evidence)
        return Result(self, found, done, groups)

    def _events(self) -> list[str]:
        """Return our events, once all that SNS accepted are there; the accounts tell if some never come."""
        carried = (entry for entry in self.proxy.journal if entry.call.service == "sns" and entry.succeeded)
        published = sum(len(entry.call.documents) for entry in carried)
        deadline = time.monotonic() + _SETTLING_SECONDS
        while True:
            arrived = (event for name in ("messages", "delivery") for event in self.outside.inbox(name))
            each_alone = (event for each in arrived for _, event in contained(json.dumps(each, sort_keys=True)))
            events = [event for event in each_alone if is_of(self.seed, event)]
            if len(events) >= published or time.monotonic() > deadline:
                return events
            time.sleep(_LOOK_SECONDS)
