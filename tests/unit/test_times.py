"""Times: every way in which a provider writes one, and what can't be read."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inbound_sms.parsing.times import parse_epoch, parse_iso, parse_local

ROME, SYDNEY = ZoneInfo("Europe/Rome"), ZoneInfo("Australia/Sydney")
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def local(value: object) -> datetime | None:
    return parse_local(value, ROME, LATER)


READ: dict[str, tuple[Callable[[Any], Any], object, str]] = {
    "ISO, seconds": (parse_iso, "2016-01-01T14:34:56Z", "2016-01-01 14:34:56"),
    "ISO, minutes": (parse_iso, "2016-01-01T14:34Z", "2016-01-01 14:34:00"),
    "no zone means UTC": (parse_iso, "2016-01-01T14:34:56", "2016-01-01 14:34:56"),
    "space instead of T": (parse_iso, "2016-01-01 14:34:56", "2016-01-01 14:34:56"),
    "zone east": (parse_iso, "2016-01-01T14:34:56+02:00", "2016-01-01 12:34:56"),
    "zone west, without colon": (parse_iso, "2016-01-01T14:34:56-0530", "2016-01-01 20:04:56"),
    "spaces around": (parse_iso, " 2016-01-01T14:34:56Z\n", "2016-01-01 14:34:56"),
    "another year in UTC": (parse_iso, "2016-12-31T23:59:59-01:00", "2017-01-01 00:59:59"),
    "a tenth": (parse_iso, "2016-01-01T14:34:56.1", "2016-01-01 14:34:56.100000"),
    "microseconds": (parse_iso, "2016-01-01T14:34:56.123456+00:00", "2016-01-01 14:34:56.123456"),
    "nanoseconds are cut off": (parse_iso, "2016-01-01T14:34:56.999999999Z", "2016-01-01 14:34:56.999999"),
    "epoch, seconds": (parse_epoch, "1576391654", "2019-12-15 06:34:14"),
    "epoch, a number": (parse_epoch, 1576391654, "2019-12-15 06:34:14"),
    "epoch, with a fraction": (parse_epoch, "1576391654.5", "2019-12-15 06:34:14.500000"),
    "epoch, milliseconds": (parse_epoch, "1576391654123", "2019-12-15 06:34:14.123000"),
    "the last that is seconds": (parse_epoch, "99999999999", "5138-11-16 09:46:39"),
    "the first that is milliseconds": (parse_epoch, "100000000000", "1973-03-03 09:46:40"),
    "local, summer": (local, "20150525154559", "2015-05-25 13:45:59"),
    "local, winter": (local, "20260114102301", "2026-01-14 09:23:01"),
    "local, elsewhere": (lambda value: parse_local(value, SYDNEY, LATER), "20150525154559", "2015-05-25 05:45:59"),
    "the hour that spring leaves out, read on winter's clock": (local, "20260329023000", "2026-03-29 01:30:00"),
}

NO_TIME: list[object] = [
    None, "", " ", "now", "x" * 10_000, "1" * 5_000, "\ud800", True, [], {}, ["1576391654"], b"20260408143052",
    "nan", "inf", "-inf", "1e999", float("nan"), float("inf"), -float("inf"), 10**400, -(10**400),
]  # fmt: skip
NO_ISO: list[object] = [
    "2016-13-01T00:00:00Z", "2015-02-29T00:00:00Z", "2016-01-01T14:34:60Z", "2016-01-01T25:00:00Z", "2016-01-01",
    "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "2016-01-01T14:34:56 CET", "2016-01-01T14:34:56+99:00",
    "1576391654", 1576391654, "1111111111", "20260408143052", "202604080123456", "２０１６-０１-０１T14:34:56Z",
]  # fmt: skip
NO_EPOCH = ["2019-12-15T06:34:14Z", "1576391654123456", "×tamp=1576391654", "15.12.2019", "0x5df5d3e6", "1576391654s"]
NO_LOCAL: list[object] = [
    "20260229000000", "20260408143060", "20260408240000", "00000000000000", "202604081430521", "2026040814305",
    "20260408143052\n", "2026-04-08 14:30:52", "２０２６０４０８１４３０５２", 20260408143052,
]  # fmt: skip


@pytest.mark.parametrize(("read", "value", "utc"), READ.values(), ids=READ)
def test_a_time_is_read_as_utc(read: Callable[[Any], Any], value: object, utc: str) -> None:
    assert str(read(value)) == f"{utc}+00:00"


def test_the_clock_of_the_machine_changes_nothing() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        read = (parse_iso("2016-01-01T14:34:56"), parse_epoch("1576391654"), parse_local("20150525154559", ROME, LATER))
    time.tzset()

    assert [*map(str, read)] == [
        "2016-01-01 14:34:56+00:00", "2019-12-15 06:34:14+00:00", "2015-05-25 13:45:59+00:00"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("received_at", "utc", "_why"),
    [
        ("2026-10-25T00:30:02", "00:30:00", "on the first pass, the second is still to come"),
        ("2026-10-25T01:24:59", "00:30:00", "more than five minutes before the second pass"),
        ("2026-10-25T01:25:00", "01:30:00", "clocks may differ by five minutes"),
        ("2026-10-25T01:30:02", "01:30:00", "on the second pass"),
        ("2026-10-26T09:00:00", "01:30:00", "a day later, where nothing tells: the later one"),
    ],
)
def test_the_hour_that_autumn_repeats_is_never_read_as_the_future(received_at: str, utc: str, _why: str) -> None:
    received = datetime.fromisoformat(received_at).replace(tzinfo=UTC)

    assert str(parse_local("20261025023000", ROME, received)) == f"2026-10-25 {utc}+00:00"


@pytest.mark.parametrize(("read", "wrong"), [(parse_iso, NO_ISO), (parse_epoch, NO_EPOCH), (local, NO_LOCAL)])
def test_what_is_no_time_becomes_none_instead_of_an_error(read: Callable[[Any], Any], wrong: list[Any]) -> None:
    assert [value for value in [*NO_TIME, *wrong] if read(value) is not None] == []


def test_the_ends_of_the_calendar_raise_nothing() -> None:
    for value, zone in product(("00010101000000", "99991231235959"), ("Pacific/Kiritimati", "America/New_York")):
        read = parse_local(value, ZoneInfo(zone), LATER)
        assert read is None or read.year in (1, 9999)
