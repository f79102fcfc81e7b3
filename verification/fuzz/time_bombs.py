"""`make bombs`: how long what is dear to read takes, at two sizes; the dearest are printed.

A busy machine blurs the times, so no test asserts them; verification/fuzz/test_bombs.py counts the work instead. Only
here does it show when compiled code (a regular expression, a codec, expat) is quadratic within one call.
"""

import gc
import time

from tests.support.quiet import quietly
from verification.fuzz.bombs import bombs
from verification.fuzz.targets import Target, targets

_SMALL, _LARGE = 32_768, 262_144  # the larger is the default of MaxBodyBytes
_TRIES = 5  # the best counts: other work on the machine only ever adds
_SHOWN = 10


def _milliseconds(target: Target, data: bytes) -> float:
    best = float("inf")
    for _ in range(_TRIES):
        gc.collect()
        began = time.process_time()
        target.run(data)
        best = min(best, time.process_time() - began)
    return 1_000 * best


def main() -> None:
    known = targets()
    rows = []
    gc.freeze()  # what is here already is no run's garbage
    gc.disable()  # and the rest is collected between two runs
    with quietly():
        for bomb in bombs():
            target = known[bomb.target]
            small, large = (_milliseconds(target, bomb.make(size)) for size in (_SMALL, _LARGE))
            rows.append((large / max(small, 0.1), small, large, f"{bomb.target}: {bomb.why}"))
    rows.sort(reverse=True)
    print(f"CPU time at {_SMALL // 1024} and {_LARGE // 1024} KiB; eight times is linear, 64 times quadratic")
    print(f"{'times':>6} {'ms':>9} {'ms':>9}")
    for times, small, large, what in rows[:_SHOWN]:
        print(f"{times:6.1f} {small:9.1f} {large:9.1f}  {what}")
    _, _, longest, what = max(rows, key=lambda row: row[2])
    print(f"The longest of all {len(rows)}: {longest:.0f} ms, {what}")


if __name__ == "__main__":
    main()
