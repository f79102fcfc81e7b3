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
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tests.support.quiet import quietly
from verification.fuzz.bombs import Bomb, bombs
from verification.fuzz.targets import Target, targets

SMALL, LARGE = 8_192, 65_536  # eight times as much: linear is 8, quadratic 64
MOST_TIMES_THE_STEPS = 10
MOST_STEPS_A_BYTE = 30
MOST_BYTES_A_BYTE = 100  # of 4 MiB, as much as fits into a function of 512 MB

TARGETS = targets()


def steps(run: Callable[[bytes], str], data: bytes) -> int:
    """Count the lines that run and the calls; the same input always gives the same number."""
    count = 0

    def called(_frame: FrameType, _event: str, _argument: Any) -> None:
        nonlocal count
        count += 1

    def ran(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        return ran

    before = sys.getprofile(), sys.gettrace()
    gc.disable()  # what it calls back would count
    sys.setprofile(called)
    sys.settrace(ran)
    try:
        run(data)
    finally:
        sys.settrace(before[1])
        sys.setprofile(before[0])
        gc.enable()
    return count


def times_the_steps(target: Target, bomb: Bomb) -> tuple[float, float]:
    """Return how many times the steps eight times as much takes, and how many steps a byte takes then."""
    small, large = bomb.make(SMALL), bomb.make(LARGE)
    target.run(small)  # what is done only once doesn't count
    many = steps(target.run, large)
    return many / steps(target.run, small), many / len(large)


def memory(target: Target, data: bytes) -> int:
    tracemalloc.start()
    try:
        target.run(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("bomb", list(bombs()), ids=lambda bomb: f"{bomb.target}-{bomb.why}")
def test_work_and_memory_grow_no_faster_than_the_body(bomb: Bomb) -> None:
    target = TARGETS[bomb.target]
    with quietly():
        times, a_byte = times_the_steps(target, bomb)
        assert times < MOST_TIMES_THE_STEPS
        assert a_byte < MOST_STEPS_A_BYTE

        body = bomb.make(LARGE)
        assert memory(target, body) < MOST_BYTES_A_BYTE * len(body)


def test_what_says_it_is_compressed_is_not_inflated() -> None:
    """No provider compresses; the bytes are kept as they came."""
    body = gzip.compress(b'{"id":"1","text":"' + b"a" * 2_000_000 + b'"}')
    target = TARGETS["acme http"]
    event = json.loads(target.seeds[0])
    event["headers"]["content-encoding"] = "gzip"
    event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    data = json.dumps(event).encode()

    assert target.run(data) == "quarantined"
    assert memory(target, data) < MOST_BYTES_A_BYTE * len(body)


def looping(data: bytes) -> str:
    few = data[::256]
    return str([None for _ in few for _ in few])


def calling(data: bytes) -> str:
    few = data[::256]
    return "".join(chr(max(*pair)) for pair in ((a, b) for a in few for b in few))


@pytest.mark.parametrize("quadratic", [looping, calling])
def test_what_grows_with_the_square_is_noticed(quadratic: Callable[[bytes], str]) -> None:
    times, _ = times_the_steps(Target("square", quadratic, ()), Bomb("square", "square", lambda size: b"a" * size))

    assert times > MOST_TIMES_THE_STEPS
