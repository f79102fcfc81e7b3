"""Walks through every schedule of the fan-out: every order of its steps, with everything that may go wrong and arrive.

The state is all that there is: what AWS holds, the queue, the handlers at work (each as the answers it got so far, see
`replay`), what is still to arrive and to go wrong. A state that was seen is not walked through again, only counted: so
the schedules are all of them, however many lead through the same state.

Time passes when nothing else can happen: when every handler waits for a slow answer, or there is none. That loses
nothing, for time only matters against limits (the function's, the visibility timeout), and a handler that is still
at work is within its own.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest.mock import patch

import fanout
from fanout import Fanout
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from joiner import Joiner
from tests.support.queued import sqs_record
from tests.support.quiet import quietly
from verification.crash_points.ledger import JOIN_SECONDS, Ledger, Violation, are_joined, check_in_time, content_of
from verification.crash_points.replay import Answer, Outcome, Pending, answered, run
from verification.crash_points.scenarios import Scenario
from verification.crash_points.simulated_aws import NO_FAULT, Fault, Stores, carry_out, faults
from verification.crash_points.state import COPY, START, Handler, State, original

FUNCTION_TIMEOUT = 15.0
RETENTION = 7 * 86_400.0

Step = tuple[str, State]


class Tally(NamedTuple):
    """What came of the schedules from a state on."""

    schedules: int = 0
    doubled: int = 0
    dead: int = 0
    joined: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(*map(sum, zip(self, other, strict=True)))


def handled(session: Any, records: list[tuple[str, str]]) -> set[str]:
    """Hand messages (id, body) to the Lambda handler, over a simulated AWS; return the ids of those that failed."""
    claims = ClaimsTable(session, "claims", RETENTION, FUNCTION_TIMEOUT, clock=session.clock)
    made = Fanout(
        claims=claims,
        publisher=Publisher(session, "messages", "delivery", pause=lambda _: None),
        quarantine=Quarantine(session, "quarantine", "fanout"),
        joiner=Joiner(GroupsTable(claims, JOIN_SECONDS), claims, EventQueue(session, "events"), session.side_by_side),
        map_concurrently=session.side_by_side,
        clock=session.clock,
    )
    with patch.object(fanout, "_ready", lambda: made):
        answer = fanout.handler({"Records": [sqs_record(*record) for record in records]}, None)
    return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}


class Explorer:
    """Walks through the schedules of a scenario."""

    def __init__(self, scenario: Scenario, *, reduce: bool = True) -> None:
        self._scenario = scenario
        self._reduce = reduce
        self._bodies = scenario.bodies
        self._runs: dict[Handler, Outcome] = {}
        self.seen: dict[State, Tally] = {}
        self._way: list[str] = []
        self.ends: set[tuple[object, ...]] = set()
        # The events of which there is one message, once, and that are no parts: others write their claims.
        ids = Counter(content_of(body)[0] for body in self._bodies.values() if '"concatenation":{' not in body)
        self._alone = {id_ for id_, times in ids.items() if times == 1}

    def explore(self) -> Tally:
        arrivals, faults_left, redrives = self._scenario.arrivals, self._scenario.faults, self._scenario.redrives
        first = State(START, Stores(), Ledger(), (), (), (), (), arrivals, faults_left, redrives)
        gc.disable()  # there is no garbage: every state is kept, and looking through them again and again takes time
        try:
            with quietly():
                return self._walk(first)
        except Violation as violation:
            raise Violation(f"{violation}\n" + "\n".join(self._way)) from violation
        finally:
            gc.enable()

    def _walk(self, state: State) -> Tally:
        if known := self.seen.get(state):
            return known
        if len(self._way) > 300:
            raise Violation("this does not end")
        tally = Tally()
        self._way.append("")
        for label, after in self._steps(state):
            self._way[-1] = label
            tally = tally.plus(self._walk(after))
            self._way[-1] = "and then the step that breaks it"
        if not tally.schedules:
            tally = self._end(state)
        self._way.pop()
        self.seen[state] = tally
        return tally

    def _end(self, state: State) -> Tally:
        queue, dead = [each.name for each in state.queue], [original(each.name) for each in state.dead]
        state.ledger.check_end(queue, dead, self._bodies, state.stores)
        published = tuple((event_id, each.content, each.times) for event_id, each in state.ledger.publications)
        self.ends.add((state.now, state.stores, published, state.deleted, state.dead, state.faults_left))
        return Tally(1, state.ledger.doubled, bool(dead), are_joined(state.stores))

    def _steps(self, state: State) -> Iterator[Step]:
        if forced := self._forced(state):
            yield forced
            return
        apart = next((each for each in state.handlers if self._goes_unnoticed(state, each)), None)
        busy = False
        for handler in [apart] if apart else state.handlers:
            for step in self._of(state, handler):
                busy = True
                yield step
            if state.faults_left:
                yield self._crash(state, handler)
        if apart:
            return
        yield from state.polls()
        if not busy and not state.visible:
            yield from self._wait(state)

    def _of(self, state: State, handler: Handler) -> Iterator[Step]:
        outcome = self._outcome(handler)
        for pending in outcome.pending:
            if pending.since <= state.now:
                yield self._after(state, handler, pending, NO_FAULT)
                for fault in faults(pending, few=self._scenario.few) if state.faults_left else ():
                    if self._scenario.only in fault.name:
                        yield self._after(state, handler, pending, fault)
        if not outcome.pending and outcome.at <= state.now:
            yield self._report(state, handler, outcome)

    def _outcome(self, handler: Handler) -> Outcome:
        known = self._runs.get(handler)
        if known is None:
            records = [(name, self._bodies[original(name)]) for name, _ in handler.batch]
            known = run(lambda session: handled(session, records), handler.name, handler.start, handler.history)
            self._runs[handler] = known
        return known

    def _goes_unnoticed(self, state: State, handler: Handler) -> bool:
        """Return whether nobody else can tell when this handler does what it does next, nor it what they do.

        It then goes first: any other order of the two gives the same.
        """
        if COPY in state.to_come or not self._reduce:
            return False
        outcome = self._outcome(handler)
        names = {name for name, _ in handler.batch}
        if any(name in names for each in state.handlers if each is not handler for name, _ in each.batch):
            return False
        if not outcome.pending:
            return outcome.at <= state.now
        enabled = [each for each in outcome.pending if each.since <= state.now]
        return bool(enabled) and all(_touched(each) <= self._alone for each in enabled)

    def _forced(self, state: State) -> Step | None:
        for handler in state.handlers:
            if state.now >= handler.start + FUNCTION_TIMEOUT:
                raise Violation(f"{handler.name} takes so long that Lambda kills it")
        for message in state.visible:
            if message.receives >= self._scenario.max_receives:
                if not self._scenario.may_die:
                    raise Violation(f"{message.name} was received in vain so often that it is a dead letter")
                return f"{message.name} is a dead letter", state.buried(message)
        return None

    def _after(self, state: State, handler: Handler, pending: Pending, fault: Fault) -> Step:
        """Return what a call leads to, with or without a fault."""
        done, ledger = carry_out(state.stores, pending, fault), state.ledger
        if pending.operation == "publish_batch":
            check_in_time(pending.params, state.stores, state.now)
        if done.stores != state.stores:
            ledger = ledger.after(pending, fault, handler.name)
        if _may_double(fault, pending.operation):
            ledger = ledger.excused(handler.name)
        answer = Answer.of(state.now + fault.seconds, done.value, done.error)
        going_on = handler._replace(history=answered(handler.history, pending.path, answer))
        after = state.without(handler).with_handler(going_on)
        if done.stores.queued:  # messages of ours once more
            names = {body: name for name, body in self._bodies.items()}
            delays = {entry["MessageBody"]: entry["DelaySeconds"] for entry in pending.params["Entries"]}
            for body in done.stores.queued:
                after = after.with_message(names[body], delays[body])
        left = state.faults_left - (fault is not NO_FAULT)
        label = f"{handler.name}: {pending.operation} {fault.name}"
        return label, after._replace(stores=done.stores._replace(queued=()), ledger=ledger, faults_left=left)

    def _report(self, state: State, handler: Handler, outcome: Outcome) -> Step:
        """Lambda deletes what is not reported as failed; after an error, nothing."""
        after = state.without(handler)
        if outcome.error:
            return f"{handler.name}: the invocation fails, {outcome.error!r}", after
        batch, failed = [name for name, _ in handler.batch], outcome.value
        bodies = {name: self._bodies[original(name)] for name in (*batch, *failed)}
        state.ledger.check_report(handler.name, [bodies[name] for name in batch], [bodies[name] for name in failed])
        done = set(batch) - failed
        after = after.settled(done)
        held = [original(message.name) for message in (*after.queue, *after.dead)]
        after.ledger.check_kept(map(original, done), held, self._bodies, after.stores)
        return f"{handler.name}: ends, failed {sorted(failed)}", after

    @staticmethod
    def _crash(state: State, handler: Handler) -> Step:
        after = state.without(handler)._replace(faults_left=state.faults_left - 1)
        return f"{handler.name}: CRASH", after._replace(ledger=state.ledger.excused(handler.name))

    def _wait(self, state: State) -> Iterator[Step]:
        moments = [message.visible_at for message in state.queue]
        for handler in state.handlers:
            outcome = self._outcome(handler)
            ready = min((each.since for each in outcome.pending), default=outcome.at)
            moments.append(min(ready, handler.start + FUNCTION_TIMEOUT))
        if moments:
            yield f"until {min(moments) - START:.0f} s", state._replace(now=min(moments))
        elif not state.to_come and state.dead and state.redrives_left:
            yield "redrive", state.redriven()


def _touched(pending: Pending) -> set[str]:
    """Return the ids of the events whose claims or publication a call concerns."""
    match pending.operation:
        case "put_item":
            return {pending.params["Item"]["id"]["S"]}
        case "update_item":
            return {pending.params["Key"]["id"]["S"]}
        case "publish_batch":
            return {content_of(entry["Message"])[0] for entry in pending.params["PublishBatchRequestEntries"]}
        case "send_message_batch":
            return {"the queue"}
    return set()  # the quarantine is only written, and what is written is made of the message


def _may_double(fault: Fault, operation: str) -> bool:
    """Return whether a fault explains that a publication stays off the record: SNS's answer is lost, or there is no
    time left to record it. A write that fails at once does not: it is tried again.
    """
    unheard = operation == "publish_batch" and fault.times and fault.error
    return bool(unheard) or fault.seconds > FUNCTION_TIMEOUT / 4
