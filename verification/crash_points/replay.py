"""Runs real code one AWS call at a time, without threads: what a run has done is the list of answers it got.

A run is made from its beginning with the answers so far; at the first call without one it stops, and tells which calls
it waits for. So a run can be held at any call, gone on with in several ways, or never gone on with (a crash), and the
same run with the same answers is made only once. Nothing of the code is left out or written again; it only has to be
deterministic, which its clock and its random ids are here.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple
from unittest.mock import patch

Path = tuple[int, ...]  # () is the run itself, (0, 2) the third of what it first did side by side
Params = Mapping[str, Any]


class Answer:
    """An answer and when it came."""

    __slots__ = ("at", "error", "value")
    _known: ClassVar[dict[tuple[float, str], "Answer"]] = {}

    def __init__(self, at: float, value: Any, error: Exception | None) -> None:
        self.at, self.value, self.error = at, value, error

    @classmethod
    def of(cls, at: float, value: Any, error: Exception | None) -> "Answer":
        """Return one object for equal answers, so that histories compare by identity."""
        key = at, repr((value, error, getattr(error, "details", None)))
        return cls._known.setdefault(key, cls(at, value, error))


History = tuple[tuple[Path, tuple[Answer, ...]], ...]


class Pending(NamedTuple):
    """A call that waits for its answer, since when, and what nobody else's call has: AWS makes ids of it."""

    path: Path
    operation: str
    params: Params
    since: float
    token: str


class Outcome(NamedTuple):
    """How far a run came: it waits for calls, or it ended with a value or an error, at some time."""

    pending: tuple[Pending, ...]
    value: Any
    error: BaseException | None
    at: float


class _Stopped(BaseException):
    """Ends a run at a call without an answer; nothing may catch it, as nothing catches the end of a process."""


class Zombie(BaseException):
    """The code goes on calling AWS where its process is dead: something catches or outlives everything."""


class Session:
    """What a run works on: a client of AWS, a clock, and doing things side by side."""

    def __init__(self, name: str, start: float, history: History) -> None:
        self.now = start
        self.pending: list[Pending] = []
        self._name = name
        self._answers = dict(history)
        self._path: Path = ()
        self._used, self._ids = Counter[Path](), Counter[Path]()
        self._forks = 0
        self._stopped: set[Path] = set()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Be the client of every service."""
        return lambda **params: self.call(operation, params)

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        """Let time pass that nobody has to wait."""
        self.now += seconds

    def uuid4(self) -> uuid.UUID:
        """Return an id that no other run gives, and the same when this run is made again."""
        self._ids[self._path] += 1
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self._name}/{self._path}/{self._ids[self._path]}")

    def call(self, operation: str, params: Params) -> Any:
        """Return the answer to a call, raise its error, or stop the run."""
        used, answers = self._used[self._path], self._answers.get(self._path, ())
        if used == len(answers):
            if self._path in self._stopped:
                raise Zombie(f"{operation} is called after the process has died")
            token = f"{self._name}/{self._path}/{used}"
            self.pending.append(Pending(self._path, operation, params, self.now, token))
            raise self._stop()
        self._used[self._path] += 1
        self.now = answers[used].at
        if error := answers[used].error:
            raise error.with_traceback(None)  # it is raised again and again
        return answers[used].value

    def side_by_side(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Do something for each item, in every order; an error is raised when all are done."""
        fork, start, ends = self._forks, self.now, [self.now]
        self._forks += 1
        results: list[Any] = []
        errors: list[Exception] = []
        waiting = False
        for index, item in enumerate(items):
            self._path, self.now = (fork, index), start
            try:
                results.append(function(item))
            except _Stopped:
                waiting = True
            except Exception as error:  # noqa: BLE001 - it is raised again
                errors.append(error)
            ends.append(self.now)
        self._path, self.now = (), max(ends)
        if waiting:
            raise self._stop()
        if errors:
            raise errors[0]
        return results

    def _stop(self) -> "_Stopped":
        self._stopped.add(self._path)
        return _Stopped()


def run(code: Callable[[Session], Any], name: str, start: float, history: History) -> Outcome:
    """Make a run as far as the answers go."""
    session = Session(name, start, history)
    value, error = None, None
    with patch.object(uuid, "uuid4", session.uuid4):
        try:
            value = code(session)
        except _Stopped:
            return Outcome(tuple(session.pending), None, None, session.now)
        except Exception as caught:  # noqa: BLE001 - what leaves the code is what is looked at
            error = caught
    return Outcome((), value, error, session.now)


def answered(history: History, path: Path, answer: Answer) -> History:
    known = dict(history)
    known[path] = (*known.get(path, ()), answer)
    return tuple(sorted(known.items(), key=lambda entry: entry[0]))
