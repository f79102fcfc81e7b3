"""What an HTTPS endpoint believes: only what SNS signed for one of our topics, a short time ago."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests

from inbound_sms_subscriber import AuthenticationError, InvalidPayload, Message, SnsEndpoint
from tests.support.queued import Queued
from tests.support.sns_posts import (
    CHINA,
    GOVERNMENT,
    NOW,
    TOPIC,
    Post,
    Sns,
    certificate_url,
    confirmation,
    endpoint,
    notification,
    posted,
    signed,
    sns_of,
)
from tests.support.world import World

EVENT = Queued("1").document


@pytest.mark.parametrize("topic", [TOPIC, CHINA, GOVERNMENT])
@pytest.mark.parametrize(("version", "settings"), [("1", {"signature_versions": ["1", "2"]}), ("2", {})])
@pytest.mark.parametrize("more", [{}, {"Subject": "SMS from +4477"}], ids=["", "subject"])
def test_a_signed_notification_is_an_event(
    topic: str, version: str, settings: dict[str, Any], more: dict[str, str]
) -> None:
    sns = Sns()
    event = endpoint(sns, **settings).receive(posted(signed(notification(topic, EVENT, NOW, **more), version)))

    assert event
    assert event.id == "acme/1"
    assert isinstance(event.data, Message)
    assert sns.asked == [certificate_url(topic)]


@pytest.mark.parametrize(
    ("kind", "followed"),
    [("SubscriptionConfirmation", [confirmation(TOPIC)["SubscribeURL"]]), ("UnsubscribeConfirmation", [])],
)
def test_a_subscription_to_our_topic_is_confirmed_and_its_end_not_undone(kind: str, followed: list[str]) -> None:
    sns = Sns()
    assert endpoint(sns).receive(posted(signed(confirmation(TOPIC, NOW, Type=kind)))) is None
    assert sns.asked == [certificate_url(TOPIC), *followed]


PEM = "/SimpleNotificationService-56e67fcb.pem"
NOT_SNS = [
    "http://sns.eu-west-1.amazonaws.com",
    "https://sns.eu-west-1.amazonaws.com.evil.com",
    "https://sns.eu-west-1.amazonaws.com@evil.com",
    "https://evil.com/sns.eu-west-1.amazonaws.com",
    "https://evil.com\\@sns.eu-west-1.amazonaws.com",
    "https://sns.eu-west-1.amazonaws.com:8443",
    "https://sns.eu-west-1.amazonaws.com.",
    "https://sns.eu-west-1.amazonaws.com.cn",
    "https://sns.us-east-1.amazonaws.com",  # another region than the topic's
    "https://sns-eu-west-1xamazonaws.com",
    "https://bucket.s3.eu-west-1.amazonaws.com",
    "https://snѕ.eu-west-1.amazonaws.com",  # a Cyrillic letter
    " https://sns.eu-west-1.amazonaws.com",
]
NOT_ITS_CERTIFICATE = [
    "/SimpleNotificationService-1.pem?x",
    "/SimpleNotificationService-1.pem\n",
    "/SimpleNotificationService-../1.pem",
    "/x/SimpleNotificationService-1.pem",
    "/SimpleNotificationService-1.txt",
    "/SimpleNotificationService-١.pem",
    "",
]


@pytest.mark.parametrize(
    "url", [host + PEM for host in NOT_SNS] + [sns_of(TOPIC) + path for path in NOT_ITS_CERTIFICATE], ids=ascii
)
def test_nobody_else_is_asked_for_a_certificate(url: str) -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError, match="certificate"):
        endpoint(sns).receive(posted(signed(notification(TOPIC, EVENT, NOW), url=url)))
    assert sns.asked == []


LINKS = [f"{host}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1" for host in NOT_SNS]
LINKS += [
    f"{sns_of(TOPIC)}/{query}"
    for query in (
        "",
        f"?Action=Unsubscribe&SubscriptionArn={TOPIC}:1",
        f"?Action=ConfirmSubscription&TopicArn={CHINA}&Token=1",
        f"?Action=ConfirmSubscription&TopicArn={CHINA}&TopicArn={TOPIC}&Token=1",
        f"?Action=ConfirmSubscription&Action=Unsubscribe&TopicArn={TOPIC}&Token=1",
        "?Action=ConfirmSubscription&Token=1",
        f"?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1 HTTP/1.1\r\nHost: evil.com",
    )
]


@pytest.mark.parametrize("url", LINKS, ids=ascii)
def test_no_confirmation_leads_elsewhere_or_does_anything_else_even_where_it_is_signed(url: str) -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError, match="not a confirmation link"):
        endpoint(sns).receive(posted(signed(confirmation(TOPIC, NOW, SubscribeURL=url))))
    assert sns.asked == [certificate_url(TOPIC)]


@pytest.mark.parametrize("post", [notification(TOPIC, EVENT, NOW, Subject="s"), confirmation(TOPIC, NOW)], ids=len)
def test_whatever_is_altered_is_noticed(post: Post) -> None:
    whole = signed(post)
    for name in whole.keys() - {"UnsubscribeURL"}:  # the only one that is not signed; nobody follows it
        for altered in (*({**whole, name: change} for change in ("x", None, 7, ["x"], "")),
                        {key: value for key, value in whole.items() if key != name}):  # fmt: skip
            sns = Sns()
            with pytest.raises(AuthenticationError):
                endpoint(sns).receive(posted(altered))
            assert set(sns.asked) <= {certificate_url(TOPIC)}


@pytest.mark.parametrize(
    "post",
    [
        signed(notification(TOPIC.replace("1234", "9999"), EVENT, NOW)),
        signed(notification(TOPIC + "x", EVENT, NOW)),
        signed(confirmation("arn:aws:sns:eu-west-1:999999999999:messages", NOW)),
        signed(notification(TOPIC, EVENT, NOW), "1"),  # SHA-1, unless it is asked for
        signed(notification(TOPIC, EVENT, NOW)) | {"Signature": "FAKE"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Message": "\ud800"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Subject": "added"},
        signed(notification(TOPIC, EVENT, NOW - timedelta(hours=3))),
        signed(notification(TOPIC, EVENT, NOW + timedelta(hours=1))),
        signed(notification(TOPIC, EVENT, NOW, Timestamp="now")),
        json.loads(EVENT),  # raw delivery by HTTPS carries no signature
        {},
    ],
)
def test_what_is_refused(post: Post) -> None:
    with pytest.raises(AuthenticationError):
        endpoint(Sns()).receive(posted(post))


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"7", b"\xff", b"[" * 100_000, posted(signed(notification(TOPIC, "x" * 1_048_576, NOW)))],
    ids=len,
)
def test_a_body_that_is_no_post_is_refused_and_asks_nobody(body: bytes) -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError):
        endpoint(sns).receive(body)
    assert sns.asked == []


def test_a_version_that_is_accepted_is_that_of_the_signature() -> None:
    for version, claimed in (("1", "2"), ("2", "1")):
        post = signed(notification(TOPIC, EVENT, NOW), version) | {"SignatureVersion": claimed}
        with pytest.raises(AuthenticationError, match="signature"):
            endpoint(Sns(), signature_versions=["1", "2"]).receive(posted(post))


def test_what_sns_signed_need_not_be_an_event() -> None:
    with pytest.raises(InvalidPayload):
        endpoint(Sns()).receive(posted(signed(notification(TOPIC, "hello", NOW))))


@pytest.mark.parametrize("topics", [TOPIC, ["messages"], ["arn:aws:sqs:eu-west-1:123456789012:x"], [TOPIC, ""]])
def test_topics_are_named_by_their_arns(topics: Any) -> None:
    with pytest.raises(ValueError, match="ARNs"):
        SnsEndpoint(topics)


def test_what_another_implementation_of_sns_signed_is_believed(aws: World) -> None:
    """Moto signs what it puts into a queue's envelope, and serves its certificate where SNS does."""
    url = aws.sqs.create_queue(QueueName="with-envelope")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(TopicArn=aws.topics["messages"], Protocol="sqs", Endpoint=arn)
    aws.sns.publish(TopicArn=aws.topics["messages"], Message=EVENT)
    [body] = aws.queued(url)
    receiver = SnsEndpoint([aws.topics["messages"]], fetch=lambda url: requests.get(url, timeout=5).content)

    event = receiver.receive(body.encode())
    assert event
    assert event.id == "acme/1"
    with pytest.raises(AuthenticationError, match="signature"):
        receiver.receive(body.replace("acme/1", "acme/2").encode())
