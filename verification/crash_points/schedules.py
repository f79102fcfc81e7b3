"""Walks through every schedule of the fan-out: every order of its steps, with everything that may go wrong and arrive.

The state is all that there is: what AWS holds, the queue, the handlers at work (each as the answers it got so far, see
`replay`), what is still to arrive and to go wrong. A state that was seen is not walked through again, only counted: so
the schedules are all of them, however many lead through the same state.

Time passes when nothing else can happen: when every handler waits for a slow answer, or there is none. That loses
nothing, for time only matters against limits (the function's, the visibility timeout), and a handler that is still
at work is within its own.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from verification.crash_points.ledger import Ledger, Violation, content_of
from verification.crash_points.parts import are_joined, check_in_time, check_none_stays, totals_of
from verification.crash_points.replay import Answers, Outcome, Pending, Session, answered, run
from verification.crash_points.simulated_aws import Fault, Params, Stores, carry_out, error_of, faults
from verification.crash_points.state import COPY, START, Handler, State, original

FUNCTION_TIMEOUT = 15.0

Records = list[tuple[str, str]]  # (SQS message id, body)
Code = Callable[[Session, Records], set[str]]


class Tally(NamedTuple):
    """What came of the schedules from a state on."""

    schedules: int = 0
    doubled: int = 0
    dead: int = 0
    joined: int = 0

    def plus(self, other: "Tally") -> "Tally":
        return Tally(*(one + another for one, another in zip(self, other, strict=True)))


Step = tuple[str, State]


class Explorer:
    """Walks through the schedules of some messages, by name; a name's body is what SQS holds of it."""

    def __init__(
        self,
        code: Code,
        bodies: dict[str, str],
        *,
        max_receives: int,
        may_die: Collection[str] = (),
        redrives: int = 0,
        few: bool = False,
        reduce: bool = True,
    ) -> None:
        self._code = code
        self._bodies = bodies
        self._max_receives = max_receives
        self._may_die = may_die
        self._redrives = redrives
        self._few = few
        self._answers = Answers()
        self._runs: dict[Handler, Outcome] = {}
        self._seen: dict[State, Tally] = {}
        self._way: list[str] = []
        self.ends: set[tuple[object, ...]] = set()
        self._reduce = reduce
        # The events of which there is one message, once.
        ids = Counter(content_of(body)[0] for body in bodies.values())
        self._totals = totals_of(bodies)
        self._alone = {
            id_ for id_, times in ids.items() if times == 1
        } - self._totals.keys()  # others write their claims

    @property
    def states(self) -> int:
        return len(self._seen)

    @property
    def runs(self) -> int:
        return len(self._runs)

    def explore(self, arrivals: tuple[str, ...], faults: int) -> Tally:
        first = State(START, Stores(), Ledger(), (), (), (), (), arrivals, faults, self._redrives)
        try:
            return self._walk(first)
        except Violation as violation:
            raise Violation(f"{violation}\n" + "\n".join(self._way)) from violation

    def _walk(self, state: State) -> Tally:
        if state in self._seen:
            return self._seen[state]
        if len(self._way) > 300:
            raise Violation("this does not end")
        tally, steps = Tally(), 0
        self._way.append("")
        for label, after in self._steps(state):
            self._way[-1] = label
            tally, steps = tally.plus(self._walk(after)), steps + 1
            self._way[-1] = "and then the step that breaks it"
        if not steps:
            tally = self._end(state)
        self._way.pop()
        self._seen[state] = tally
        return tally

    def _end(self, state: State) -> Tally:
        queue, dead = [each.name for each in state.queue], [original(each.name) for each in state.dead]
        state.ledger.check_end(queue, dead, self._bodies, state.stores)
        if not dead:
            check_none_stays(state.stores)
        published = tuple((event_id, each.content, each.times) for event_id, each in state.ledger.publications)
        self.ends.add((state.now, state.stores, published, state.deleted, state.dead, state.faults_left))
        return Tally(1, state.ledger.doubled > 0, bool(dead), are_joined(state.ledger, self._totals))

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
                yield from self._call(state, handler, pending)
        if not outcome.pending and outcome.at <= state.now:
            yield self._report(state, handler, outcome)

    def _outcome(self, handler: Handler) -> Outcome:
        known = self._runs.get(handler)
        if known is None:
            records = [(name, self._body(name)) for name, _ in handler.batch]
            known = run(lambda session: self._code(session, records), handler.name, handler.start, handler.history)
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
        return bool(enabled) and all(self._touches(each) <= self._alone for each in enabled)

    @staticmethod
    def _touches(pending: Pending) -> set[str]:
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

    def _forced(self, state: State) -> Step | None:
        for handler in state.handlers:
            if state.now >= handler.start + FUNCTION_TIMEOUT:
                raise Violation(f"{handler.name} takes so long that Lambda kills it")
        for message in state.queue:
            if message.visible_at <= state.now and message.receives >= self._max_receives:
                if original(message.name) not in self._may_die:
                    raise Violation(f"{message.name} was received in vain so often that it is a dead letter")
                return f"{message.name} is a dead letter", state.buried(message)
        return None

    def _call(self, state: State, handler: Handler, pending: Pending) -> Iterator[Step]:
        yield self._after(state, handler, pending, None)
        if state.faults_left:
            less = state.less_a_fault()
            for fault in faults(pending.operation, pending.params, few=self._few):
                yield self._after(less, handler, pending, fault)

    def _after(self, state: State, handler: Handler, pending: Pending, fault: Fault | None) -> Step:
        stores, ledger, reply = state.stores, state.ledger, None
        left_out = fault.left_out if fault else ()
        for _ in range(fault.times if fault else 1):
            stores, reply = carry_out(stores, pending.operation, pending.params, pending.token, left_out)
            if pending.operation == "send_message_batch":
                state = self._delayed(state, pending.params, left_out)
            if pending.operation == "publish_batch":
                check_in_time(pending.params, stores, state.now)
            if not reply.error:
                heard = not fault or fault.error is None
                ledger = ledger.after(pending.operation, pending.params, left_out, handler.name, heard=heard)
        if fault and _may_double(fault, pending.operation):
            ledger = ledger.excused(handler.name)
        error = error_of(fault, pending.operation) if fault else None
        error = error or (reply.error if reply else None)
        at = state.now + (fault.seconds if fault else 0)
        answer = self._answers.make(at, reply.value if reply and not error else None, error)
        going_on = handler._replace(history=answered(handler.history, pending.path, answer))
        label = f"{handler.name}: {pending.operation}" + (f" {fault.name}" if fault else "")
        return label, state.with_handler(going_on, instead=handler)._replace(
            stores=stores._replace(queued=()), ledger=ledger
        )

    def _body(self, name: str) -> str:
        return self._bodies[original(name)]

    def _delayed(self, state: State, params: Params, left_out: tuple[str, ...]) -> State:
        """Return the state with messages that were queued once more."""
        names = {body: name for name, body in self._bodies.items()}
        for entry in params["Entries"]:
            if entry["Id"] not in left_out:
                state = state.with_message(names[entry["MessageBody"]], entry["DelaySeconds"])
        return state

    def _report(self, state: State, handler: Handler, outcome: Outcome) -> Step:
        """Lambda deletes what is not reported as failed; after an error, nothing."""
        if outcome.error:
            return f"{handler.name}: the invocation fails, {outcome.error!r}", state.without(handler)
        state.ledger.check_report(
            handler.name,
            [self._body(name) for name, _ in handler.batch],
            [self._body(name) for name in outcome.value],
        )
        done = {name for name, _ in handler.batch} - outcome.value
        after = state.without(handler).settled(done)
        held = [original(message.name) for message in (*after.queue, *after.dead)]
        after.ledger.check_kept(map(original, done), held, self._bodies, after.stores)
        return f"{handler.name}: ends, failed {sorted(outcome.value)}", after

    def _crash(self, state: State, handler: Handler) -> Step:
        after = state.without(handler).less_a_fault()
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


def _may_double(fault: Fault, operation: str) -> bool:
    """Return whether a fault explains that a publication stays off the record: SNS's answer is lost, or there is no
    time left to record it. A write that fails at once does not: it is tried again.
    """
    unheard = operation == "publish_batch" and fault.times and fault.error
    return bool(unheard) or fault.seconds > FUNCTION_TIMEOUT / 4
