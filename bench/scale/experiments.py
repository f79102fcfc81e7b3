"""The runs behind docs/scale.md: what each asks, under which load, with which parameters."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bench.scale.front_door import Stream
from bench.scale.providers import RETRIES
from bench.scale.quotas import BY_NAME, Quotas
from bench.scale.result import Result
from bench.scale.simulation import Simulation
from bench.scale.stack import Stack
from bench.scale.times import Times

FLOOD = min(RETRIES, key=lambda name: sum(RETRIES[name]))  # the provider that gives up first
QUIET = tuple(name for name in RETRIES if name != FLOOD)
_QUIET_RATE = 10.0
_USUAL = Times()
_TWICE_AS_FAST = Times(trips=_USUAL.trips / 2, message=_USUAL.message / 2)


def burst(messages: int, seconds: float) -> list[Stream]:
    """One provider's flood, and ten messages a second of each other until it is over."""
    return [Stream(FLOOD, messages / seconds, messages), *(Stream(name, _QUIET_RATE) for name in QUIET)]


def steady(rate: float, seconds: float) -> list[Stream]:
    """As much of every provider."""
    share = rate / len(RETRIES)
    return [Stream(name, share, int(share * seconds)) for name in RETRIES]


@dataclass(frozen=True)
class Case:
    """One run."""

    name: str
    region: Quotas
    streams: list[Stream]
    parameters: dict[str, int] = field(default_factory=dict)
    times: Times = _USUAL
    fair: bool = True

    @property
    def stack(self) -> Stack:
        """The template with the case's parameters."""
        return replace(Stack.deployed(self.region.name, **self.parameters), fair=self.fair)

    def simulation(self) -> Simulation:
        """Make it ready to run."""
        return Simulation(self.streams, self.stack, self.region, self.times)


@dataclass
class Experiment:
    """A table of docs/scale.md."""

    title: str
    cases: list[Case]
    results: list[Result] = field(default_factory=list)

    @property
    def rows(self) -> Iterator[tuple[Case, Result]]:
        """Gives each case with what came of it."""
        yield from zip(self.cases, self.results, strict=True)


IRELAND, FRANKFURT, LONDON, VIRGINIA = (
    BY_NAME[name] for name in ("eu-west-1", "eu-central-1", "eu-west-2", "us-east-1")
)
_RAISED = replace(
    VIRGINIA,
    name="us-east-1",
    sns_rate=40_000,
    api_rate=40_000,
    api_burst=20_000,
    lambda_concurrency=5_000,
    table_writes=100_000,
)
_TUNED = {"ThrottleRate": 10_000, "ThrottleBurst": 5_000, "ClaimsWarmWrites": 80_000}


def experiments(messages: int) -> list[Experiment]:
    """Return all of them; the main burst is of so many messages, the others follow it."""
    million, tenth = burst(messages, 600), burst(messages // 10, 60)
    return [
        Experiment(
            "burst",
            [
                Case("Ireland", IRELAND, million),
                Case("Frankfurt", FRANKFURT, million),
                Case("Frankfurt, without message groups", FRANKFURT, million, fair=False),
                Case("London", LONDON, million),
            ],
        ),
        Experiment(
            "concurrency",
            [
                Case(
                    f"{region}, {workers}{' and twice as fast' if times is _TWICE_AS_FAST else ''}",
                    BY_NAME[name],
                    tenth,
                    {"FanoutConcurrency": workers},
                    times,
                )
                for region, name, workers, times in (
                    ("Ireland", "eu-west-1", 10, _USUAL),
                    ("Ireland", "eu-west-1", 20, _USUAL),
                    ("Ireland", "eu-west-1", 20, _TWICE_AS_FAST),
                    ("Ireland", "eu-west-1", 40, _USUAL),
                    ("Frankfurt", "eu-central-1", 7, _USUAL),
                    ("Frankfurt", "eu-central-1", 7, _TWICE_AS_FAST),
                    ("Frankfurt", "eu-central-1", 10, _TWICE_AS_FAST),
                    ("Frankfurt", "eu-central-1", 20, _USUAL),
                    ("London", "eu-west-2", 2, _USUAL),
                    ("London", "eu-west-2", 2, _TWICE_AS_FAST),
                    ("London", "eu-west-2", 7, _USUAL),
                )
            ],
        ),
        Experiment(
            "batches",
            [
                Case(
                    f"{name}, up to {size}, {window} s",
                    FRANKFURT,
                    streams,
                    {"FanoutBatchSize": size, "FanoutBatchWindowSeconds": window},
                )
                for name, streams, size, window in (
                    *(("burst", tenth, size, 0) for size in (1, 5, 10)),
                    *(("burst", tenth, size, 1) for size in (10, 50, 100)),
                    *(("calm", steady(10, 60), 10, window) for window in (0, 1)),
                )
            ],
        ),
        Experiment(
            "throttle",
            [
                Case(
                    f"{rate:,} a second, all within {seconds} s",
                    IRELAND,
                    burst(messages, seconds),
                    {"ThrottleRate": rate, "ThrottleBurst": most},
                )
                for seconds in (600, 60)
                for rate, most in ((500, 1_000), (2_000, 1_000), (9_000, 4_500))
            ],
        ),
        Experiment(
            "pollers",
            [
                Case("Lambda's own, 200 workers", _RAISED, tenth, _TUNED | {"FanoutConcurrency": 200}),
                Case(
                    "2 to 20 pollers",
                    _RAISED,
                    tenth,
                    _TUNED | {"FanoutMinimumPollers": 2, "FanoutMaximumPollers": 20},
                ),
                Case("20 pollers", _RAISED, tenth, _TUNED | {"FanoutMinimumPollers": 20, "FanoutMaximumPollers": 20}),
            ],
        ),
        Experiment(
            "rates",
            [
                Case("10 a second, London", LONDON, steady(10, 300)),
                Case("1,000 a second, Ireland", IRELAND, steady(1_000, 300)),
                Case(
                    "1,000 a second, London, SNS raised to 3,000",
                    replace(LONDON, sns_rate=3_000),
                    steady(1_000, 300),
                    {"FanoutConcurrency": 20},
                ),
                Case(
                    "30,000 a second at once, N. Virginia, quotas raised",
                    _RAISED,
                    steady(30_000, 60),
                    _TUNED | {"FanoutMinimumPollers": 200, "FanoutMaximumPollers": 400},
                ),
            ],
        ),
    ]
