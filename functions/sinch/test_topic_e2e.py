"""What Sinch publishes to its topic comes out as one event, in SNS's envelope and by raw delivery."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.outside import Outside

SAMPLES = Path(__file__).parent / "samples"
CALLBACK = json.loads((SAMPLES / "synthetic/mo_text_sdk_e2e_reconstructed.json").read_bytes())


@pytest.mark.parametrize("raw", ["false", "true"], ids=["envelope", "raw delivery"])
def test_a_published_callback_is_one_event(outside: Outside, boto: Callable[[str], Any], raw: str) -> None:
    topic = outside.stack.sources["sinch-topic"].topic
    sns = boto("sns")
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue=raw
    )
    callback = {**CALLBACK, "id": f"by-topic-{raw}"}

    for _ in range(2):  # Sinch may publish again what it isn't sure of
        sns.publish(TopicArn=topic, Message=json.dumps(callback, ensure_ascii=False))

    [event] = outside.events_with(f"sinch/by-topic-{raw}")
    assert event["data"]["provider_payload"] == callback
    assert event["data"]["authenticated_by"] == f"sns:{topic}"
