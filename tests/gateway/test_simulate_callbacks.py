"""Every kind of request that `send` can post: as documented, each another one, and with what it is told to carry."""

import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.simulator import CALLBACKS, FORM, MESSAGES, PROVIDERS, callback
from gateway.simulator.callback import a_clock_time, an_iso_time
from tests.support.providers import sample

DOCUMENTED = {
    ("8x8", "message"): "8x8/inbound_sms.json",
    ("8x8", "chatapps"): "8x8/synthetic/inbound_sms_via_chatapps_v3.json",
    ("8x8", "report"): "8x8/delivery_receipt_undelivered.json",
    ("8x8", "click"): "8x8/short_url_clicked.json",
    ("agile-telecom", "report"): "agile-telecom/qlara_delivery.json",
    ("agile-telecom", "report-older"): "agile-telecom/guides_webhooks_delivery.json",
    ("sinch", "message"): "sinch/mo_text_docs.json",
    ("sinch", "binary"): "sinch/mo_binary_xms_2017.json",
    ("sinch", "report"): "sinch/signature_sms_recipient_delivery_report.body",
    ("sinch", "report-batch"): "sinch/delivery_report_sms_full_2021_guide.json",
}
ALL = [(provider, name) for provider, kinds in CALLBACKS.items() for name in kinds]


@pytest.mark.parametrize(("provider", "name"), DOCUMENTED)
def test_the_payload_is_that_of_the_documentation(provider: str, name: str) -> None:
    assert CALLBACKS[provider][name].documented == json.loads(sample(DOCUMENTED[provider, name]))


def test_xml_is_that_of_the_documentation() -> None:
    it = CALLBACKS["8x8"]["report-xml"]
    written, documented = (
        ET.fromstring(it.write(it.documented)),
        ET.fromstring(sample("8x8/delivery_receipt_undelivered.xml")),
    )
    assert [(e.tag, (e.text or "").strip()) for e in written.iter()] == [
        (e.tag, (e.text or "").strip()) for e in documented.iter()
    ]


@pytest.mark.parametrize(("provider", "name"), ALL)
def test_each_of_a_series_is_another_one(provider: str, name: str) -> None:
    assert len({CALLBACKS[provider][name].body(number) for number in range(20)}) == 20


@pytest.mark.parametrize(("provider", "name"), ALL)
def test_series_that_begin_in_the_same_moment_have_nothing_in_common(
    provider: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 1, 1, tzinfo=tz)

    monkeypatch.setattr(callback, "datetime", Clock)
    assert len({CALLBACKS[provider][name].body(number) for _ in range(2) for number in range(5)}) == 10


@pytest.mark.parametrize("new", [a_clock_time, an_iso_time])
@pytest.mark.parametrize("step", [timedelta(milliseconds=1), timedelta(seconds=1)])
def test_no_two_times_of_a_series_are_the_same_however_long_each_takes(
    new: Callable[[int], str], step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With times that go back, each step of the clock would meet the one before."""
    moments = itertools.count()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime(2026, 1, 1, tzinfo=tz) + next(moments) * step

    monkeypatch.setattr(callback, "datetime", Clock)
    assert len({new(number) for number in range(20)}) == 20


@pytest.mark.parametrize(("provider", "name"), ALL)
def test_it_carries_what_it_is_told_to_or_says_that_it_can_not(provider: str, name: str) -> None:
    it = CALLBACKS[provider][name]
    said = {"sender": "447700900001", "recipient": "447700900002", "text": "hello <you> & me"}
    for what, value in said.items():
        if getattr(it, what) is None:
            with pytest.raises(ValueError, match=f"it has no {what}"):
                it.body(**{what: value})
        else:
            before, body = json.dumps(it.documented), it.body(**{what: value})
            assert json.dumps(it.documented) == before, "the documented payload stays as it is"
            assert body != it.body()
            if it.content_type != FORM and "xml" not in it.content_type:
                assert value in values_of(json.loads(body))


def values_of(payload: Any) -> list[Any]:
    if isinstance(payload, Mapping):
        return [value for each in payload.values() for value in values_of(each)]
    return [value for each in payload for value in values_of(each)] if isinstance(payload, list) else [payload]


def test_every_provider_sends_messages() -> None:
    assert MESSAGES.keys() == CALLBACKS.keys() == PROVIDERS.keys()
