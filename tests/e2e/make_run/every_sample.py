"""Every sample comes through the running stack: posted by HTTP twice, out of the right topic once."""

from collections import Counter
from collections.abc import Iterator

from tests.e2e.make_run.up import PROVIDERS
from tests.support.expected import Json, Sample
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


def posted() -> Iterator[tuple[Registered, Sample]]:
    """Every sample; where documentation gives several one id, the first."""
    seen: set[str] = set()
    for entry, sample in rows():
        ids = {event["id"] for event in sample.events}
        if entry.provider.name in PROVIDERS and seen.isdisjoint(ids):
            seen |= ids
            yield entry, sample


def ids_of(event: Json) -> list[str]:
    """Return the id of an event, or those of the parts that it was joined from."""
    return [part["id"] for part in event["data"].get("parts", [])] or [event["id"]]


def test_every_sample_comes_out_of_the_right_topic_once(outside: Outside) -> None:
    table = list(posted())
    wanted = {(TOPICS[event["type"]], event["id"]) for _, sample in table for event in sample.events}
    outside.forget_claims()  # other tests post the documented samples, too
    earlier = {topic: len(outside.inbox(topic)) for topic in TOPICS.values()}

    for entry, sample in table * 2:  # one by one: side by side, the local engine starts a process for each
        response = outside.send(entry.provider.name, lambda url, sample=sample: request_of(sample, url))
        answer = (response.status_code, response.headers["content-type"], response.text)
        assert answer == entry.expected.answer(sample.answer), sample.name

    def arrived() -> Counter[tuple[str, str]]:
        new = {topic: outside.inbox(topic)[known:] for topic, known in earlier.items()}
        return Counter((topic, own_id) for topic, events in new.items() for each in events for own_id in ids_of(each))

    outside.wait_until(lambda: wanted <= arrived().keys())
    outside.wait_until(lambda: outside.backlog(delayed=True) == 0)
    assert arrived() == Counter(wanted)
    assert outside.backlog("dead_letters") == 0
