"""`make bombs`: how long what is dear to read takes, at two sizes; the dearest are printed.

A busy machine blurs the times, so no test asserts them; verification/fuzz/test_bombs.py counts the work instead. Only
here does it show when compiled code (a regular expression, a codec, expat) is quadratic within one call.
"""

import timeit
from time import process_time

from tests.support.quiet import quietly
from verification.fuzz.bombs import Bomb, bombs
from verification.fuzz.targets import targets

_SMALL, _LARGE = 32_768, 262_144  # the larger is the default of MaxBodyBytes
_TRIES = 5  # the best counts: other work on the machine only ever adds
_SHOWN = 10


def _milliseconds(bomb: Bomb, size: int) -> float:
    run, data = targets()[bomb.target].run, bomb.make(size)
    return 1_000 * min(timeit.repeat(lambda: run(data), timer=process_time, number=1, repeat=_TRIES))


def main() -> None:
    with quietly():
        rows = [(_milliseconds(bomb, _SMALL), _milliseconds(bomb, _LARGE), bomb) for bomb in bombs()]
    rows.sort(key=lambda row: row[1] / max(row[0], 0.1), reverse=True)
    print(f"CPU time at {_SMALL // 1024} and {_LARGE // 1024} KiB; eight times is linear, 64 times quadratic")
    for small, large, bomb in rows[:_SHOWN]:
        print(f"{large / max(small, 0.1):6.1f} times {small:9.1f} ms {large:9.1f} ms  {bomb.target}: {bomb.why}")
    _, longest, bomb = max(rows, key=lambda row: row[1])
    print(f"The longest of all {len(rows)}: {longest:.0f} ms, {bomb.target}: {bomb.why}")


if __name__ == "__main__":
    main()
