"""One topic that is out of reach or slow must not keep the other's events from being put on record."""

import io
from typing import Any

import pytest

from inbound_sms.errors import NotSent
from inbound_sms.publishing.publisher import Notification, Publisher
from inbound_sms.publishing.queued import read_event
from tests.support.queued import Queued
from tests.support.world import NOW, World


class Time:
    """The function's time: claims take nearly all that there is to begin something in."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class OutOfReach:
    """A topic that refuses connections, a second each."""

    def __init__(self, sns: Any, topic: str, time: Time) -> None:
        self._sns, self._topic, self._time = sns, topic, time
        self.tries = 0

    def publish_batch(self, **params: Any) -> Any:
        if params["TopicArn"] != self._topic:
            self._time.now = 7.0
            return self._sns.publish_batch(**params)
        self.tries += 1
        self._time.now += 1
        raise NotSent("PublishBatch", "ConnectionRefusedError")


class SlowSecond:
    """A topic whose second answer takes very long."""

    def __init__(self, aws: World, time: Time) -> None:
        self._aws, self._time = aws, time
        self.on_record_before_second: list[str] | None = None

    def publish_batch(self, **params: Any) -> Any:
        if self.on_record_before_second is None:
            self.on_record_before_second = []
        else:
            self._time.now = 100.0
            items = self._aws.claim_items()
            self.on_record_before_second = [id_ for id_, item in items.items() if "published_at" in item]
        return self._aws.sns.publish_batch(**params)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_published_is_on_record_before_the_next_topic_is_tried(
    aws: World, logs: io.StringIO, order: int
) -> None:
    time = Time()
    sns = OutOfReach(aws.sns, aws.topics["delivery"], time)
    text, click = Queued("1"), Queued("2", type="inbound-sms.link.clicked.v1")

    failed = aws.fanout(sns=sns, clock=time).handle([text.record, click.record][::order])

    assert failed == {click.sqs_id}
    assert [event["id"] for event in aws.published()] == [text.event_id]
    assert "published_at" in aws.claim_items()[text.event_id]
    # The same message once more, when its first run is certainly dead: it must not be published again.
    assert aws.fanout(NOW + 100).handle([text.record]) == set()
    assert aws.published() == []


def test_no_second_try_when_there_is_no_time_to_put_it_on_record(aws: World, logs: io.StringIO) -> None:
    time = Time()
    sns = OutOfReach(aws.sns, aws.topics["messages"], time)
    time.now = 7.0
    topics = Publisher(sns, aws.topics["messages"], aws.topics["delivery"])
    notification = Notification(read_event(Queued("1").document), Queued("1").document)
    assert list(topics.publish([notification], lambda: time() < 7.5)) == [[(0, None)]]
    assert sns.tries == 1


def test_what_is_published_is_on_record_before_the_next_batch_of_the_same_topic(aws: World, logs: io.StringIO) -> None:
    """200 KB each, so that SNS takes them one by one; the second takes all the time there is."""
    time = Time()
    first, second = Queued("1", text="a" * 100_000), Queued("2", text="b" * 100_000)
    sns: Any = SlowSecond(aws, time)

    assert aws.fanout(sns=sns, clock=time).handle([first.record, second.record]) == set()

    assert sns.on_record_before_second == [first.event_id]
