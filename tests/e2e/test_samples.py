"""Every sample of every provider comes through the running stack: posted by HTTP, out of the right topic, once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.expected import Row, rows
from tests.support.outside import Outside
from tests.support.providers import Registered

TOPICS = {
    "inbound-sms.message.received.v1": "messages",
    "inbound-sms.survey.answered.v1": "messages",
    "inbound-sms.unknown.v1": "messages",
    "inbound-sms.delivery.reported.v1": "delivery",
    "inbound-sms.link.clicked.v1": "delivery",
}
# What the local stack has in another way than the table, or what differs in every run.
OWN = {"received_at", "delivery_id", "authenticated_by"}


def posted() -> Iterator[tuple[Registered, Row]]:
    """Every row; where documentation gives several messages one id, all but the first get another."""
    seen: dict[str, dict[str, Any]] = {}
    for number, (entry, row) in enumerate(rows()):
        first = seen.setdefault(row.event["id"], row.event)
        if content(first) == content(row.event):  # the same message twice, in another form: one event
            yield entry, row
            continue
        old = row.event["data"]["message_id"]
        new = f"{old[:-3]}{number:03}"
        event = {**row.event, "id": row.event["id"].replace(old, new)}
        event["data"] = {**event["data"], "message_id": new}
        yield entry, replace(row, event=event, body=row.posted.replace(old.encode(), new.encode()))


def content(event: dict[str, Any]) -> list[Any]:
    """What two events of one id must have in common, or the second is a conflict and no duplicate."""
    return [event["type"], *(event["data"].get(name) for name in ("sender", "recipient", "text", "binary"))]


def stable(event: dict[str, Any]) -> dict[str, Any]:
    """What of an event is the same in every run."""
    return {**event, "data": {name: value for name, value in event["data"].items() if name not in OWN}}


def test_every_sample_comes_out_of_the_right_topic_once(outside: Outside) -> None:
    table = list(posted())
    outside.forget_claims()  # other tests post the documented samples, too
    before = outside.quarantined().keys()
    earlier = {topic: len(outside.inbox(topic)) for topic in TOPICS.values()}

    for entry, row in table:  # one by one: side by side, the local engine starts a process for each
        response = outside.post(entry.provider.name, row.posted, row.content_type or entry.content_type)
        assert (response.status_code, response.text) == (entry.accepted[0], entry.accepted[2]), row.sample

    wanted: dict[str, Counter[str]] = {topic: Counter() for topic in TOPICS.values()}
    for _, row in table:
        wanted[TOPICS[row.event["type"]]][row.event["id"]] = 1

    def arrived(topic: str) -> Counter[str]:
        return Counter(event["id"] for event in outside.inbox(topic)[earlier[topic] :])

    outside.wait_until(lambda: all(ids <= arrived(topic) for topic, ids in wanted.items()))
    outside.wait_until(lambda: outside.backlog() == 0)
    once = {event_id: 1 for ids in wanted.values() for event_id in ids}
    counted = sum((arrived(topic) for topic in wanted), Counter())
    assert {event_id: counted[event_id] for event_id in once} == once

    by_id = {event["id"]: event for topic in wanted for event in outside.inbox(topic)[earlier[topic] :]}
    for event_id, event in by_id.items():
        expected = [stable(row.expected(event)) for _, row in table if row.event["id"] == event_id]
        assert not expected or stable(event) in expected

    assert outside.quarantined().keys() == before
    assert outside.backlog("dead_letters") == 0
