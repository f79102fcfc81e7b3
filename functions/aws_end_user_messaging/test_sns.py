"""Whom the webhook believes: the official vectors, the certificate, the confirmation of a subscription."""

from inbound_sms.auth import Secrets
from inbound_sms.errors import ConfigurationError, DependencyUnavailable
from inbound_sms.parsing.request import Request
from inbound_sms.settings import ParseSettings

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_end_user_messaging_sns import CERTIFICATES, AwsSettings, SnsTopic
from functions.aws_end_user_messaging.sender import SENDER, beside, signed, topic
from gateway.simulator.post import Post
from tests.support.providers import event_of, registered
from tests.support.world import World

[ENTRY] = [entry for entry in registered() if entry.sender.name == SENDER.name]
PEM = next(ENTRY.samples.glob("*.pem")).read_text()
VECTORS = json.loads((ENTRY.samples / "signature_vectors.json").read_text())["vectors"]
RIGHT = [vector["message"] for vector in VECTORS if vector["valid"]]
TOPIC = topic("a-topic")
LINK = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"


def identify(
    post: dict[str, str], *pinned: str, now: float | None = None, topics: tuple[str, ...] = (), **own: Any
) -> str | None:
    """Return how a post is believed when it comes: by default, when it was sent."""
    received_at = datetime.fromtimestamp(sent_at(post) if now is None else now, UTC)
    request = Request("aws", json.dumps(post).encode(), {}, {}, received_at, "delivery-1", ParseSettings())
    secrets = Secrets(sns_topic=topics or (post["TopicArn"],), public_key=pinned)
    return SnsTopic().identify(request._replace(provider_settings=AwsSettings(**own)), secrets)


def sent_at(post: dict[str, str]) -> float:
    return datetime.fromisoformat(post["Timestamp"]).timestamp()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Serve what is put in at SNS's URLs, by the last part of each; what is missing is a 404."""
    there: dict[str, Any] = {"asked": []}

    def fetch(url: str) -> bytes:
        there["asked"].append(url)
        found = there.get(url.rpartition("/")[2].partition("&")[0])
        if isinstance(found, Exception):
            raise found
        if found is None:
            raise HTTPError(url, 404, "Not Found", None, None)  # type: ignore[arg-type]
        return bytes(found)

    monkeypatch.setattr(CERTIFICATES, "fetch", fetch)
    monkeypatch.setattr(CERTIFICATES, "clock", datetime.fromisoformat(RIGHT[0]["Timestamp"]).timestamp)
    for name in ("_keys", "_refused", "_fetches"):
        monkeypatch.setattr(CERTIFICATES, name, type(getattr(CERTIFICATES, name))())
    return there


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_an_official_vector_verifies_and_with_anything_signed_changed_it_does_not(vector: dict[str, Any]) -> None:
    post = vector["message"]
    assert identify(post, PEM) == ("sns_topic" if vector["valid"] else None)

    known: dict[str, Any] = {"now": sent_at(post), "topics": (post["TopicArn"],)}
    for name in post.keys() - {"UnsubscribeURL"}:
        without = {each: value for each, value in post.items() if each != name}
        assert [identify(each, PEM, **known) for each in (without, {**post, name: post[name] + "x"})] == [None, None]
    later = {**post, "Timestamp": post["Timestamp"].replace("Z", "1Z")}
    assert identify(later, PEM, **known) is None


def test_only_a_topic_that_is_listed_counts_within_two_hours_and_by_a_version_that_is_accepted() -> None:
    for post in RIGHT:
        assert identify(post, PEM, topics=(TOPIC,)) is None
        assert identify(post, PEM, topics=(TOPIC, post["TopicArn"])) == "sns_topic"
        assert [identify(post, PEM, now=sent_at(post) + age) for age in (-301, 7_201)] == [None, None]
        assert identify(post, PEM, now=sent_at(post) + 7_200) == "sns_topic"
        version_2 = "sns_topic" if post["SignatureVersion"] == "2" else None
        assert identify(post, PEM, accept_version_1=False) == version_2


def test_what_is_pinned_is_trusted_and_nothing_is_fetched(served: dict[str, Any]) -> None:
    [other] = beside()["public_key"]
    assert identify(RIGHT[0], other, PEM) == "sns_topic"
    assert identify(RIGHT[0], other) is None
    with pytest.raises(ConfigurationError, match="nothing in public_key"):
        identify(RIGHT[0], PEM[:-200])
    assert served["asked"] == []


def test_without_a_pin_the_certificate_is_fetched_once_from_sns_and_from_nowhere_else(served: dict[str, Any]) -> None:
    url = RIGHT[0]["SigningCertURL"]
    served[url.rpartition("/")[2]] = PEM.encode()
    assert [identify(post) for post in RIGHT] == ["sns_topic"] * len(RIGHT)
    assert served["asked"] == [url]

    for elsewhere in (
        url.replace("sns.", "sns.evil."), url.replace("amazonaws.com", "example.com"), url.replace("https", "http"),
        url.replace("us-east-2", "eu-west-1"), url.replace("/Simple", "/x/Simple"), url + "?x", url.replace("://", "://a@"),
    ):  # fmt: skip
        assert identify({**RIGHT[0], "SigningCertURL": elsewhere}) is None
    assert served["asked"] == [url]


def test_where_the_certificate_cannot_be_had_sns_is_to_try_again(served: dict[str, Any]) -> None:
    served[RIGHT[0]["SigningCertURL"].rpartition("/")[2]] = TimeoutError()
    with pytest.raises(DependencyUnavailable):
        identify(RIGHT[0])


HOSTILE = st.text() | st.sampled_from(
    ["\ud800", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2", "=" * 9]
)


@given(other=st.dictionaries(st.sampled_from([*RIGHT[0], "Subject", "Token", "SubscribeURL"]), HOSTILE))
def test_whatever_is_posted_in_the_name_of_a_topic_is_refused_without_an_exception(other: dict[str, str]) -> None:
    post = {**RIGHT[1], **other, "MessageId": "another"}
    assert identify(post, PEM, now=sent_at(RIGHT[1]), topics=(TOPIC, RIGHT[1]["TopicArn"])) is None


def about_the_subscription(**other: str) -> Post:
    now = datetime.now(UTC).isoformat()
    fields = {"Type": "SubscriptionConfirmation", "MessageId": "1", "Token": "t", "TopicArn": TOPIC, "Message": "-"}
    return signed(ENTRY.post(), {**fields, "SubscribeURL": LINK, "Timestamp": now, **other})


@pytest.mark.parametrize(
    ("other", "found", "status", "asked"),
    [
        ({}, b"<ConfirmSubscriptionResponse/>", 200, 1),
        ({}, None, 503, 1),
        ({}, TimeoutError(), 503, 1),
        ({"SubscribeURL": LINK.replace("eu-west-1.amazonaws.com", "example.com")}, b"", 503, 0),
        ({"SubscribeURL": LINK.replace("ConfirmSubscription", "DeleteTopic")}, b"", 503, 0),
        ({"SubscribeURL": LINK.replace(TOPIC, TOPIC + "-2")}, b"", 503, 0),
        ({"SubscribeURL": "http://169.254.169.254/latest/meta-data/"}, b"", 503, 0),
        ({"TopicArn": topic("another")}, b"", 401, 0),
        ({"Type": "UnsubscribeConfirmation"}, b"", 200, 0),
    ],
)  # fmt: skip
def test_a_subscription_is_confirmed_for_a_listed_topic_at_sns_and_nowhere_else(
    other: dict[str, str], found: Any, status: int, asked: int, served: dict[str, Any], aws: World
) -> None:
    served["?Action=ConfirmSubscription"] = found
    receiver = aws.receiver(ENTRY, {"sns_topic": [TOPIC], **beside()})

    assert receiver.handle(event_of(about_the_subscription(**other)))["statusCode"] == status
    assert served["asked"] == [LINK] * asked
    assert (aws.queued(), aws.quarantined()) == ([], [])


def test_without_authentication_no_subscription_is_confirmed(served: dict[str, Any], aws: World) -> None:
    receiver = aws.receiver(ENTRY, {"authentication": "none"})

    assert receiver.handle(event_of(about_the_subscription()))["statusCode"] == 200
    assert (served["asked"], aws.queued()) == ([], [])


def test_raw_message_delivery_has_no_signature_and_is_refused(aws: World) -> None:
    raw = replace(ENTRY.post(), headers={"x-amz-sns-rawdelivery": "true"})
    assert aws.receiver(ENTRY).handle(event_of(raw))["statusCode"] == 401


def test_without_a_list_of_topics_nobody_gets_in(aws: World) -> None:
    assert aws.receiver(ENTRY, dict(beside())).handle(ENTRY.event())["statusCode"] == 503
