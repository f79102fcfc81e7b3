"""Work and memory grow no faster than the body: what is dear to read is refused, kept or read in bounded work.

Work is counted, not timed: lines of Python that ran, and calls, whatever else the machine does. What compiled code does
within one call doesn't show in that; `make bombs` takes its time.
"""

import base64
import gc
import gzip
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count
from types import FrameType
from typing import Any

import pytest

from gateway.simulator import senders
from tests.support.quiet import quietly
from verification.fuzz.bombs import Make, bombs
from verification.fuzz.targets import OWNERS, targets, targets_of

pytestmark = pytest.mark.xdist_group("sources")  # the targets are made once, as that takes long

SMALL, LARGE = 2_048, 16_384  # eight times as much: linear is 8, quadratic 64
MOST_TIMES_THE_STEPS = 10
MOST_STEPS_A_BYTE = 30
FOR_MEMORY = 32_768  # what any body takes would weigh too much in less
MOST_BYTES_A_BYTE = 100  # of 4 MiB, as much as fits into a function of 512 MB


def steps(run: Callable[[bytes], str], data: bytes) -> int:
    """Count the lines that run and the calls; the same input always gives the same number."""
    counted = count()

    def step(_frame: FrameType, _event: str, _argument: Any) -> Any:
        next(counted)
        return step

    before = sys.getprofile(), sys.gettrace()
    gc.disable()  # what it calls back would count
    sys.setprofile(step)
    sys.settrace(step)
    try:
        run(data)
    finally:
        sys.settrace(before[1])
        sys.setprofile(before[0])
        gc.enable()
    return next(counted)


def memory(run: Callable[[bytes], str], data: bytes) -> int:
    tracemalloc.start()
    try:
        run(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def too_dear(run: Callable[[bytes], str], make: Make) -> Iterator[str]:
    small, large, sample = make(SMALL), make(LARGE), make(0)
    run(small)  # what is done only once doesn't count
    few, many = steps(run, small), steps(run, large)
    # Of a long sample, less than SMALL is the bomb itself, and that grows by more than eight times.
    bomb = max(len(small) - len(sample), SMALL // 4)
    most = MOST_TIMES_THE_STEPS * max(1, (len(large) - len(sample)) / bomb / (LARGE / SMALL))
    if many > most * few:
        yield f"{many / few:.1f} times the steps"
    if many > MOST_STEPS_A_BYTE * len(large):
        yield f"{many / len(large):.1f} steps a byte"
    data = make(FOR_MEMORY)
    if (held := memory(run, data)) > MOST_BYTES_A_BYTE * len(data):
        yield f"{held / len(data):.1f} bytes a byte"


def check_bombs(owner: str, *, step: int) -> None:
    """Read every bomb for the core, and of those for a provider one in so many.

    So each kind of payload meets some, and each bomb some of the payloads.
    """
    own = {target.name: target.run for target in targets_of(owner)}
    step = step if owner in senders() else 1
    chosen = [bomb for number, bomb in enumerate(bombs()) if bomb.target in own and number % step == 0]
    with quietly():
        found = {(bomb.target, bomb.why): list(too_dear(own[bomb.target], bomb.make)) for bomb in chosen}

    assert {bomb: told for bomb, told in found.items() if told} == {}


@pytest.mark.parametrize("owner", OWNERS)
def test_work_and_memory_grow_no_faster_than_the_body(owner: str) -> None:
    check_bombs(owner, step=31)


def test_what_says_it_is_compressed_is_not_inflated() -> None:
    """No provider compresses; the bytes are kept as they came."""
    body = gzip.compress(b'{"id":"1","text":"' + b"a" * 2_000_000 + b'"}')
    target = targets()["acme http"]
    event = json.loads(target.seeds[0])
    event["headers"]["content-encoding"] = "gzip"
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    data = json.dumps(event).encode()

    assert target.run(data) == "quarantined"
    assert memory(target.run, data) < MOST_BYTES_A_BYTE * len(body)


@pytest.mark.parametrize(
    ("dear", "told"),
    [
        (lambda few: [None for _ in few for _ in few], "times the steps"),
        (lambda few: [chr(max(pair)) for pair in ((a, b) for a in few for b in few)], "times the steps"),
        (lambda few: [list(range(1_000 * len(few)))], "bytes a byte"),
    ],
    ids=["looping", "calling", "keeping"],
)
def test_what_is_too_dear_is_noticed(dear: Callable[[bytes], list[Any]], told: str) -> None:
    assert told in str(list(too_dear(lambda data: str(len(dear(data[::64]))), lambda size: b"a" * size)))
