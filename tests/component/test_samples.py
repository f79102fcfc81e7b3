"""Every sample of a provider's documentation becomes what samples/expected.toml says, in full."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from itertools import product
from operator import getitem
from pathlib import PurePath
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from gateway.simulator.formats import BY_ENDING
from inbound_sms.errors import InvalidPayload
from tests.support.expected import Sample
from tests.support.memory import Memory
from tests.support.parsing import events_of
from tests.support.providers import Registered, registered, rows

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NO_PAYLOADS = {"SOURCES.md", "expected.toml", "signature_vectors.json"}

each_provider = pytest.mark.parametrize("entry", registered(), ids=str)


@pytest.mark.parametrize(("entry", "sample"), [pytest.param(*row, id=f"{row[0]}-{row[1].name}") for row in rows()])
def test_a_sample_becomes_what_is_expected_of_it(entry: Registered, sample: Sample, memory: Memory) -> None:
    response = memory.receiver(entry).handle(entry.event(sample=sample))
    documents = memory.queued()

    told = (response["statusCode"], response["headers"]["content-type"], response["body"])
    assert told == entry.expected.answer(sample.answer)
    assert len(memory.quarantined()) == (sample.answer == "quarantined")

    events = [json.loads(document) for document in documents]
    assert events == sample.expected(events)
    for document, event in zip(documents, events, strict=True):
        assert RFC_3339.fullmatch(event["data"]["received_at"])
        assert UUID.fullmatch(event["data"]["delivery_id"])
        assert JSONFormat().read(CloudEvent, document).get_id() == event["id"]


@each_provider
def test_every_sample_has_its_expectation_or_a_reason_why_not(entry: Registered) -> None:
    files = {path.relative_to(entry.samples).as_posix() for path in entry.samples.rglob("*") if path.is_file()}
    posted = {sample.path for sample in entry.expected.samples}
    not_posted = {name for name, _ in entry.expected.not_posted}

    assert files - NO_PAYLOADS == posted | not_posted
    assert posted.isdisjoint(not_posted)


def altered(value: object) -> object:
    """Return another value of the same kind: a time stays one, a number too."""
    if isinstance(value, str):
        other = re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit[0]) + 1) % 10), value)
        return other if other != value else value + "x"
    return [] if isinstance(value, list) else not value if isinstance(value, bool) else (value or 0) + 1  # type: ignore[operator]


def changed(sample: Sample, *place: Any) -> Sample:
    """Return the sample with another value in a field."""
    form = BY_ENDING[PurePath(sample.path).suffix]
    payload = form.read(sample.query.encode() or sample.body)
    holder = reduce(getitem, place[:-1], payload)
    holder[place[-1]] = altered(holder[place[-1]])
    written = form.write(payload)
    return replace(sample, query=written.decode()) if sample.query else replace(sample, body=written)


def test_what_differs_in_what_identifies_it_is_another_event() -> None:
    for entry, sample in rows():
        for place in sample.identified_by:
            other = changed(sample, *(int(part) if part.isdecimal() else part for part in place.split(".")))
            before, after = (events_of(entry, entry.event(sample=each)) for each in (sample, other))

            assert before[0]["id"] == sample.events[0]["id"]
            same = {event["id"] for event in before} & {event["id"] for event in after}
            assert not same, (entry, sample.name, place)


def leaves(value: object, *place: Any) -> Iterator[tuple[Any, ...]]:
    """Return the place of each field of a payload."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if members is None:
        yield place
    for name, member in members or ():
        yield from leaves(member, *place, name)


def kept(entry: Registered, sample: Sample) -> set[tuple[str, str]]:
    """Return the events that are published, of which no two are one; nothing, if the request is quarantined."""
    with suppress(InvalidPayload):
        return {(event["id"], event["data"]["fingerprint"]) for event in events_of(entry, entry.event(sample=sample))}
    return set()


@each_provider
def test_what_differs_in_any_field_is_never_taken_for_a_duplicate(entry: Registered) -> None:
    """It is another event, or conflicts with the first, or is quarantined; but for what each try may send anew."""
    taken = set()
    for sample in entry.expected.samples:
        form = BY_ENDING.get(PurePath(sample.path).suffix)
        if form is None or not sample.events:
            continue
        first = kept(entry, sample)
        for place in leaves(form.read(sample.query.encode() or sample.body)):
            if first <= kept(entry, changed(sample, *place)):
                taken.add(".".join(part for part in place if isinstance(part, str)).removeprefix("root."))

    assert taken == set(entry.expected.may_differ)


@each_provider
def test_it_is_said_what_identifies_a_message(entry: Registered) -> None:
    messages = [sample for sample in entry.expected.samples if sample.events and "message" in sample.events[0]["type"]]
    assert any(sample.identified_by for sample in messages)


@each_provider
def test_whatever_stands_in_any_field_of_a_message_it_is_stored_and_acknowledged(
    entry: Registered, memory: Memory
) -> None:
    receiver, callback = memory.receiver(entry), entry.sender.message
    for place, value in product(leaves(callback.documented), ["", "soon", "9" * 20, "\x00", "%"]):
        payload = callback.new()
        reduce(getitem, place[:-1], payload)[place[-1]] = value
        response = receiver.handle(entry.event(callback.written(payload)))
        assert response["statusCode"] == 200, (place, value)
        assert len(memory.taken()) == 1, (place, value)
