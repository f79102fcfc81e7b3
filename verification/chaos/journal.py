"""What the proxy saw: every request of the functions, what happened to it, and whether its answer was heard."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from verification.chaos.faults import Fault
from verification.chaos.wire import Call


@dataclass
class Entry:
    """A request. Times are seconds of the monotonic clock.

    `worker` is the process that asked. `carried_out` is when AWS had answered, with `status`; None where the request
    never got there. `heard`: the whole answer was handed to the worker, in time, as AWS gave it.
    """

    call: Call
    worker: int | None
    fault: Fault | None = None
    began: float = field(default_factory=time.monotonic)
    carried_out: float | None = None
    status: int | None = None
    heard: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether AWS did what it was asked for."""
        return self.status is not None and self.status < 300


class Journal:
    """The requests, in the order in which they came."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._injected: Counter[tuple[str, Fault]] = Counter()
        self._lock = threading.Lock()

    def note(self, entry: Entry) -> None:
        """Put a request down; what becomes of it is filled in later."""
        with self._lock:
            self._entries.append(entry)
            if entry.fault:
                self._injected[entry.call.service, entry.fault] += 1

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> list[Entry]:
        """Return all of them."""
        with self._lock:
            return list(self._entries)

    @property
    def injected(self) -> Counter[tuple[str, Fault]]:
        """Counts the faults, by service."""
        with self._lock:
            return self._injected.copy()
