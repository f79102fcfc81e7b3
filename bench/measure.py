"""Measures both subjects in turn, so that whatever else the machine does strikes both alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import traffic
from bench.artifacts import Subject
from bench.aws_stub import AwsStub, Record
from bench.function import Artifact, Function, Invocation
from bench.rounds import sequential
from gateway.errors import GatewayError
from gateway.progress import Progress

_WARM_UP = 30
_TEXTS = 10  # that come in parts
_TURN = 10  # calls of one subject before it is the other's turn


@dataclass(frozen=True)
class Effort:
    """How often everything is done."""

    cold_starts: int
    warm_calls: int  # a multiple of the batch size: the batches are made of what these queued
    delay_seconds: float

    @property
    def batches(self) -> int:
        """How many batches there are, beside those to warm up with."""
        return self.warm_calls // traffic.BATCH


@dataclass
class Work:
    """What one function did: each invocation, each call to AWS, and what it logged."""

    wall_seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)  # sequential round trips of an invocation
    calls: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    log_bytes: int = 0
    log_lines: int = 0

    def add(self, done: Invocation) -> None:
        """Take in an invocation."""
        self.wall_seconds.append(done.wall_seconds)
        self.cpu_seconds.append(done.cpu_seconds)

    def add_calls(self, record: Record) -> None:
        """Take in what reached AWS."""
        for call in record.calls:
            self.calls[call.operation] += 1
            self.units[call.operation] += call.units


@dataclass
class Measured:
    """All about one subject."""

    cold: Work = field(default_factory=Work)
    webhook: Work = field(default_factory=Work)
    consumer: Work = field(default_factory=Work)
    parts: Work = field(default_factory=Work)  # of the subject that joins them
    peak_bytes: list[int] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)


class Bench:
    """Two subjects and the stub that they call."""

    def __init__(self, subjects: Sequence[Subject], aws: AwsStub, effort: Effort, runtime: Path, logs: Path) -> None:
        self._subjects = subjects
        self._aws = aws
        self._effort = effort
        self._runtime = runtime
        self._logs = logs
        self.measured = {subject.name: Measured() for subject in subjects}

    def run(self, progress: Progress) -> dict[str, Measured]:
        """Measures everything; raises GatewayError where a subject doesn't do its job."""
        self._aws.set_parameters(traffic.SECRETS)
        with progress("Checking that both do their job"):
            for subject in self._subjects:
                self._check(subject)
        with progress(f"{self._effort.cold_starts} cold starts each"):
            self._cold_starts()
        with progress(f"{self._effort.warm_calls} acknowledged webhooks each"):
            self._warm_calls()
        with progress(f"{self._effort.batches} batches of {traffic.BATCH} each"):
            self._batches()
        with progress(f"{_TEXTS} texts in {traffic.PARTS} parts"):
            self._parts(self._subjects[0])
        return self.measured

    def _check(self, subject: Subject) -> None:
        """Nobody gets in with a wrong password; what is right is queued, published, and not published again."""
        with self._running(subject, subject.webhook) as function:
            accepted = [function.first(traffic.webhook())]
            accepted += [function.invoke(traffic.webhook()) for _ in range(traffic.BATCH - 1)]
            refused = function.invoke(traffic.webhook("a wrong password"))
        queued = self._aws.record().queued
        with self._running(subject, subject.consumer) as function:
            first = function.first(traffic.batch(queued))
            published = self._aws.record().published
            again = function.invoke(traffic.batch(queued))
        for name, holds in {
            "is acknowledged": [each.response["statusCode"] for each in accepted] == [200] * traffic.BATCH,
            "is queued": len(queued) == traffic.BATCH,
            "is refused with a wrong password": refused.response["statusCode"] == 401,
            "is published": len(published) == traffic.BATCH and not first.response["batchItemFailures"],
            "is not published again": not self._aws.record().published and not again.response["batchItemFailures"],
        }.items():
            if not holds:
                raise GatewayError(f"{subject.name} does not do its job: not every message {name}")

    def _cold_starts(self) -> None:
        for subject in self._in_turn(self._effort.cold_starts):
            measured = self.measured[subject.name]
            with self._running(subject, subject.webhook) as function:
                measured.cold.add(_accepted(function.first(traffic.webhook())))
                measured.peak_bytes.append(function.peak_bytes)
            measured.cold.add_calls(self._aws.record())

    def _warm_calls(self) -> None:
        with ExitStack() as stack:
            functions = {s.name: stack.enter_context(self._running(s, s.webhook)) for s in self._subjects}
            for function in functions.values():
                function.first(traffic.webhook())
                for _ in range(_WARM_UP):
                    function.invoke(traffic.webhook())
            self._aws.record()
            for subject in self._in_turn(self._effort.warm_calls // _TURN):
                measured = self.measured[subject.name]
                with self._logged(subject, measured.webhook):
                    for _ in range(_TURN):
                        measured.webhook.add(_accepted(functions[subject.name].invoke(traffic.webhook())))
                record = self._aws.record()
                measured.webhook.add_calls(record)
                measured.webhook.rounds.append(sequential(record.calls) / _TURN)
                measured.queued += record.queued
            for name, function in functions.items():
                self.measured[name].peak_bytes.append(function.peak_bytes)

    def _batches(self) -> None:
        bodies = {name: _batches_of(measured.queued) for name, measured in self.measured.items()}
        with ExitStack() as stack:
            functions = {s.name: stack.enter_context(self._running(s, s.consumer)) for s in self._subjects}
            for subject in self._subjects:
                functions[subject.name].first(traffic.batch(bodies[subject.name].pop()))
            self._aws.record()
            for subject in self._in_turn(self._effort.batches - 1):
                work = self.measured[subject.name].consumer
                with self._logged(subject, work):
                    work.add(functions[subject.name].invoke(traffic.batch(bodies[subject.name].pop())))
                record = self._aws.record()
                if len(record.published) != traffic.BATCH:
                    raise GatewayError(f"{subject.name} published {len(record.published)} of a batch")
                work.add_calls(record)
                work.rounds.append(sequential(record.calls))

    def _parts(self, subject: Subject) -> None:
        """Let one subject join texts; each part comes by itself, and once more when its delay is over."""
        measured = self.measured[subject.name]
        with self._running(subject, subject.consumer) as function:
            function.first(traffic.batch(measured.queued[:1]))
            self._aws.record()
            for reference, body in enumerate(measured.queued[:_TEXTS]):
                parts = traffic.torn(body, reference)
                for each in parts:
                    measured.parts.add(function.invoke(traffic.batch([each])))
                record = self._aws.record()
                if len(record.published) != 1 or len(record.queued) != traffic.PARTS - 1:
                    raise GatewayError(f"{subject.name} did not join a text of {traffic.PARTS} parts")
                measured.parts.add_calls(record)
                measured.parts.rounds.append(sequential(record.calls) / traffic.PARTS)
                for each in record.queued:
                    function.invoke(traffic.batch([each]))
                measured.parts.add_calls(self._aws.record())

    def _in_turn(self, times: int) -> Iterator[Subject]:
        for _ in range(times):
            yield from self._subjects

    def _running(self, subject: Subject, artifact: Artifact) -> Function:
        return Function(artifact, self._aws.endpoint, self._runtime, self._log(subject))

    def _log(self, subject: Subject) -> Path:
        return self._logs / f"{subject.name}.log"

    @contextmanager
    def _logged(self, subject: Subject, work: Work) -> Iterator[None]:
        log = self._log(subject)
        before = log.stat().st_size
        yield
        with log.open("rb") as written:
            written.seek(before)
            content = written.read()
        work.log_bytes += len(content)
        work.log_lines += content.count(b"\n")


def _accepted(done: Invocation) -> Invocation:
    if done.response["statusCode"] != 200:
        raise GatewayError(f"a webhook was answered {done.response}")
    return done


def _batches_of(bodies: list[str]) -> list[list[str]]:
    return [bodies[start : start + traffic.BATCH] for start in range(0, len(bodies), traffic.BATCH)]
