"""Every sample comes through the running stack: posted by HTTP twice, out of the right topic once."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.e2e.make_run.up import PROVIDERS
from tests.support.expected import Json, Sample, completed
from tests.support.outside import Outside
from tests.support.providers import Registered, request_of, rows

TOPICS = {
    "inbound-sms.message.received.v1": "messages",
    "inbound-sms.survey.answered.v1": "messages",
    "inbound-sms.consent.changed.v1": "messages",
    "inbound-sms.unknown.v1": "messages",
    "inbound-sms.delivery.reported.v1": "delivery",
    "inbound-sms.link.clicked.v1": "delivery",
}
# What the local stack has in another way than the table, or what differs in every run.
OWN = {"received_at", "delivery_id", "authenticated_by", "fingerprint"}


def posted() -> Iterator[tuple[Registered, Sample]]:
    """Every sample; where documentation gives several messages one id, all but the first get another."""
    seen: dict[str, Json] = {}
    for number, (entry, sample) in enumerate(row for row in rows() if row[0].provider.name in PROVIDERS):
        for event in sample.events:
            if content(seen.setdefault(event["id"], event)) != content(event):
                old = event["data"]["message_id"]
                sample = renamed(sample, old, f"{old[:-3]}{number:03}")  # noqa: PLW2901 - the one that is posted
        yield entry, sample


def renamed(sample: Sample, old: str, new: str) -> Sample:
    """Return the sample with another id of a message, in what is posted and in the events."""
    events = json.loads(json.dumps(sample.events).replace(old, new))
    body = sample.body.replace(old.encode(), new.encode())
    return replace(sample, events=tuple(events), body=body, query=sample.query.replace(old, new))


def content(event: dict[str, Any]) -> list[Any]:
    """Return what two events of one id must have in common, or the second is a conflict and no duplicate."""
    return [event["type"], *(event["data"].get(name) for name in ("sender", "recipient", "text", "binary"))]


def stable(event: dict[str, Any]) -> dict[str, Any]:
    """Return what of an event is the same in every run."""
    return {**event, "data": {name: value for name, value in event["data"].items() if name not in OWN}}


def ids_of(event: Json) -> list[str]:
    """Return the id of an event, or those of the parts that it was joined of."""
    return [part["id"] for part in event["data"].get("parts", [])] or [event["id"]]


def test_every_sample_comes_out_of_the_right_topic_once(outside: Outside) -> None:
    table = list(posted())
    outside.forget_claims()  # other tests post the documented samples, too
    before = set(outside.quarantined())
    earlier = {topic: len(outside.inbox(topic)) for topic in TOPICS.values()}

    unread = set()
    for entry, sample in table * 2:  # one by one: side by side, the local engine starts a process for each
        response = outside.send(entry.provider.name, lambda url, sample=sample: request_of(sample, url))
        answer = (response.status_code, response.headers["content-type"], response.text)
        assert answer == entry.expected.answer(sample.answer), sample.name
        if sample.answer == "quarantined":
            unread.add(response.request.content)  # some carry it in an envelope, another one each time

    events = [event for _, sample in table for event in sample.events]
    wanted: dict[str, Counter[str]] = {topic: Counter() for topic in TOPICS.values()}
    for event in events:
        wanted[TOPICS[event["type"]]][event["id"]] = 1

    def arrived(topic: str) -> Counter[str]:
        return Counter(own_id for event in outside.inbox(topic)[earlier[topic] :] for own_id in ids_of(event))

    outside.wait_until(lambda: all(ids <= arrived(topic) for topic, ids in wanted.items()))
    outside.wait_until(lambda: outside.backlog(delayed=True) == 0)
    once = {event_id: 1 for ids in wanted.values() for event_id in ids}
    counted = sum((arrived(topic) for topic in wanted), Counter())
    assert {event_id: counted[event_id] for event_id in once} == once

    by_id = {event["id"]: event for topic in wanted for event in outside.inbox(topic)[earlier[topic] :]}
    for event_id, event in by_id.items():
        own = {name: event["data"][name] for name in ("received_at", "delivery_id")}
        expected = [stable(completed(each, **own)) for each in events if each["id"] == event_id]
        assert not expected or stable(event) in expected
        parsed = JSONFormat().read(CloudEvent, json.dumps(event))  # which refuses what the specification refuses
        assert (parsed.get_id(), parsed.get_data()) == (event_id, event["data"])

    kept = {key: body for key, body in outside.quarantined().items() if key not in before and key.endswith("/body")}
    by_webhooks = [body for key, body in kept.items() if not key.startswith("fanout/")]  # a conflict: samples of one id
    assert sorted(by_webhooks) == sorted(unread)
    assert outside.backlog("dead_letters") == 0
