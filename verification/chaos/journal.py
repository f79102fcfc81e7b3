"""What the proxy saw: every request of the functions, what happened to it, and whether its answer was heard."""

import time
from collections import Counter
from dataclasses import dataclass, field

from verification.chaos.faults import Fault
from verification.chaos.wire import Call


@dataclass
class Entry:
    """A request. Times are seconds of the monotonic clock.

    `worker` is the process that asked. `carried_out` is when AWS had answered, with `status`: None where the request
    never got there. `heard`: the whole answer was handed to the worker, in time, as AWS gave it. `over`: nothing more
    happens to it.
    """

    call: Call
    worker: int | None
    fault: Fault | None = None
    began: float = field(default_factory=time.monotonic)
    carried_out: float = 0.0
    status: int | None = None
    heard: bool = False
    over: bool = False

    @property
    def succeeded(self) -> bool:
        return self.status is not None and self.status < 300


class Journal(list[Entry]):
    """The requests, in the order in which they came."""

    @property
    def is_idle(self) -> bool:
        return all(entry.over for entry in list(self))

    @property
    def injected(self) -> Counter[tuple[str, Fault]]:
        return Counter((entry.call.service, entry.fault) for entry in list(self) if entry.fault)
