"""Time and memory grow no faster than the body: what is dear to read is refused, kept or read in bounded time.

Two sizes are compared, eight times apart: what grows with the square would take 64 times as long. Figures below what
a clock can tell on a busy machine count as nothing; the rest is measured again before it counts.
"""

import base64
import gzip
import json
import time
import tracemalloc

import pytest

from tests.support.quiet import quietly
from verification.fuzz.bombs import BOMBS, Bomb
from verification.fuzz.targets import Target, targets

LARGE = 262_144  # MAX_BODY_BYTES, if nothing else is set
SMALL = LARGE // 8
# For eight times as much: linear is 8, quadratic 64, and caches, the collector and a busy machine take their share.
MOST_TIMES_SLOWER = 30
COUNTS_FROM_SECONDS = 0.02
CPU_SECONDS = 2.0
MOST_TIMES_LARGER = 100  # of 4 MiB, as much as fits into a function of 512 MB
TRIES = 12  # the best counts: other work on the machine only ever adds

TARGETS = targets()


def seconds(target: Target, data: bytes) -> float:
    began = time.process_time()
    target.run(data)
    return time.process_time() - began


def memory(target: Target, data: bytes) -> int:
    tracemalloc.start()
    try:
        target.run(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def times_slower(bomb: Bomb, tries: int = TRIES) -> tuple[float, float]:
    """How much longer eight times as much takes, and how long that is; the best of some tries."""
    target, small, large = TARGETS[bomb.target], bomb.make(SMALL), bomb.make(LARGE)
    best_of_small = best_of_large = float("inf")
    for _ in range(tries):
        best_of_small = min(best_of_small, seconds(target, small))
        best_of_large = min(best_of_large, seconds(target, large))
        if best_of_large < COUNTS_FROM_SECONDS or best_of_large < MOST_TIMES_SLOWER * best_of_small:
            break
    return best_of_large / max(best_of_small, COUNTS_FROM_SECONDS / 8), best_of_large


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: f"{bomb.target}-{bomb.why}")
def test_time_and_memory_grow_no_faster_than_the_body(bomb: Bomb) -> None:
    with quietly():
        slower, took = times_slower(bomb)
        assert took < CPU_SECONDS
        assert slower < MOST_TIMES_SLOWER

        body = bomb.make(LARGE // 4)
        assert memory(TARGETS[bomb.target], body) < MOST_TIMES_LARGER * len(body)


def test_what_says_it_is_compressed_is_not_inflated() -> None:
    """No provider compresses; the bytes are kept as they came."""
    body = gzip.compress(b'{"type":"mo_text","id":"1","body":"' + b"a" * 2_000_000 + b'"}')
    event = json.loads(TARGETS["sinch http"].seeds[0])
    event["headers"]["content-encoding"] = "gzip"
    event["body"] = base64.b64encode(body).decode()
    data = json.dumps(event).encode()

    assert TARGETS["sinch http"].run(data) == "quarantined"
    assert memory(TARGETS["sinch http"], data) < MOST_TIMES_LARGER * len(body)


def quadratic(data: bytes) -> str:
    return str(sum(data.count(bytes([byte])) for byte in data[:: max(1, 262_144 // 2_000)]))


def test_what_grows_with_the_square_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TARGETS, "square", Target("square", quadratic, ()))
    slower, _ = times_slower(Bomb("square", "square", lambda size: b"a" * size), tries=2)

    assert slower > MOST_TIMES_SLOWER
