"""What a provider publishes to a topic of ours comes out as one event, in SNS's envelope and by raw delivery."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.simulator.registry import senders
from tests.support.outside import Outside


@pytest.mark.parametrize("raw", ["false", "true"], ids=["envelope", "raw delivery"])
def test_a_published_callback_is_one_event(outside: Outside, boto: Callable[[str], Any], raw: str) -> None:
    sns = boto("sns")
    assert outside.stack.sources
    for name, source in outside.stack.sources.items():
        provider = name.partition("-")[0]
        [subscription] = sns.list_subscriptions_by_topic(TopicArn=source.topic)["Subscriptions"]
        sns.set_subscription_attributes(
            SubscriptionArn=subscription["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue=raw
        )
        callback = json.loads(senders()[provider].message.body())

        for _ in range(2):  # it may publish again what it isn't sure of
            sns.publish(TopicArn=source.topic, Message=json.dumps(callback, ensure_ascii=False))

        [event] = outside.events_with(f"{provider}/{callback['id']}")
        assert event["data"]["provider_payload"] == callback
        assert event["data"]["authenticated_by"] == f"sns:{source.topic}"
