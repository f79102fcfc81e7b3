"""Every crash and fault at every step of the fan-out, against every kind of arrival: `make crash-points`.

`--short` is what `make verify-short` walks through; without it, it takes long (with `--few` and `--faults 1`: less).
"""

import argparse
from collections.abc import Iterable
from itertools import chain

from verification.crash_points.scenarios import Scenario, parts, scenarios, short_form
from verification.crash_points.schedules import Explorer, Tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="what `make verify-short` walks through")
    parser.add_argument("--parts", action="store_true", help="only texts that come in parts")
    parser.add_argument("--arrivals", type=int, default=3)
    parser.add_argument("--faults", type=int, default=2, choices=(0, 1, 2))
    parser.add_argument("--few", action="store_true", help="one fault of each sort instead of all")
    chosen = parser.parse_args()
    whole = (scenarios(number, chosen.faults, few=chosen.few) for number in range(1, chosen.arrivals + 1))
    walked: Iterable[Scenario] = parts(few=chosen.short)
    if not chosen.parts:
        walked = short_form() if chosen.short else chain(*whole, parts(few=chosen.few))
    total, states = Tally(), 0
    for scenario in walked:
        explorer = Explorer(scenario)
        tally = explorer.explore()
        total, states = total.plus(tally), states + len(explorer.seen)
        limits = f"{scenario.faults} faults, received {scenario.max_receives} times"
        _show(f"{', '.join(scenario.arrivals)}; {limits}", tally, len(explorer.seen))
    _show("all", total, states)


def _show(what: str, tally: Tally, states: int) -> None:
    """Print what came of schedules; none is lost, for the first would have ended the search."""
    once = f"{tally.schedules - tally.doubled:,} published once, {tally.doubled:,} doubled unavoidably"
    print(
        f"{what}: {tally.schedules:,} schedules, {states:,} states, {once}, {tally.joined:,} joined, 0 lost", flush=True
    )


if __name__ == "__main__":
    main()
