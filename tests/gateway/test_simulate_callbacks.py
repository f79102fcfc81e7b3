"""Every kind of request that `send` can post: as documented, each another one, and with what it is told to carry."""

import copy
import itertools
from collections.abc import Callable as Function
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from gateway.simulator import FORM, JSON, XML, Callback, Post, broken, callback, senders
from gateway.simulator.callback import a_clock_time, an_iso_time

ALL = [
    pytest.param(it, id=f"{name}-{kind}") for name, sender in senders().items() for kind, it in sender.callbacks.items()
]


@pytest.mark.parametrize("it", ALL)
def test_each_of_a_series_is_another_one_like_the_documented_and_carries_what_it_is_told_to(
    it: Callback, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = copy.deepcopy(it.documented)
    assert it.documented == it.readable(it.written(it.documented))
    assert len({it.body(number) for number in range(20)}) == 20
    body = it.body()
    assert body.startswith(broken(body))
    assert 0 < len(broken(body)) <= len(body) / 4, "broken it lacks most of the body"

    monkeypatch.setattr(callback, "datetime", clock(itertools.repeat(0), timedelta()))
    series = {it.body(number) for _ in range(2) for number in range(5)}
    assert len(series) == 10, "two that begin in the same moment have nothing in common"

    for what, value in {"sender": "447700900001", "recipient": "447700900002", "text": "hello <you> & me"}.items():
        if place := getattr(it, what):
            assert at(it.readable(it.body(**{what: value})), place) == value
        else:
            assert it.documented_in(what) is None
            with pytest.raises(ValueError, match=f"it has no {what}"):
                it.body(**{what: value})
    assert it.documented == before, "the documented payload stays as it is"


def at(payload: Any, place: str) -> Any:
    for part in place.split("."):
        payload = payload[int(part) if part.isdecimal() else part]
    return payload


@pytest.mark.parametrize("new", [a_clock_time, an_iso_time])
@pytest.mark.parametrize("step", [timedelta(milliseconds=1), timedelta(seconds=1)])
def test_no_two_times_of_a_series_are_the_same_however_long_each_takes(
    new: Function[[int], str], step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With times that go back, each step of the clock would meet the one before."""
    monkeypatch.setattr(callback, "datetime", clock(itertools.count(), step))
    assert len({new(number) for number in range(20)}) == 20


def clock(moments: Any, step: timedelta) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 1, 1, tzinfo=tz) + next(moments) * step

    return Clock


URL = "https://sms.example/acme/status"
XML_WRITTEN = b'<?xml version="1.0" encoding="UTF-8"?><m><id>1</id></m>'


@pytest.mark.parametrize(
    ("name", "content", "post"),
    [
        (
            "a.json",
            b'{"id": "1",  "of": {"x": [null]}}',
            Post(URL, {"Content-Type": JSON}, b'{"id": "1", "of": {"x": [null]}}'),
        ),
        (
            "a.form",
            b"id=1&to=%2B45&empty=&many=a&many=b",
            Post(URL, {"Content-Type": FORM}, b"id=1&to=%2B45&empty=&many=a&many=b"),
        ),
        ("a.query", b"id=1&text=a%20b", Post(f"{URL}?id=1&text=a+b", method="GET")),
        ("a.xml", b"<m> <id>1</id> </m>", Post(URL, {"Content-Type": XML}, XML_WRITTEN)),
    ],
)
def test_a_samples_ending_says_how_it_is_posted(tmp_path: Path, name: str, content: bytes, post: Post) -> None:
    (tmp_path / name).write_bytes(content)
    it = Callback(tmp_path / name, url="status")
    assert (it.method, it.content_type) == (post.method, post.headers.get("Content-Type", ""))
    assert it.documented_body == content
    assert it.post("https://sms.example/acme", it.written(it.documented)) == post
