"""What an HTTPS endpoint believes: only what SNS signed for one of our topics, a short time ago."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec

from inbound_sms_subscriber import AuthenticationError, DependencyUnavailable, InvalidPayload, Message, SnsEndpoint
from inbound_sms_subscriber.fetching import FETCH_ERRORS, fetch
from tests.support.queued import Queued
from tests.support.sns_posts import Post, certificate, certificate_url, confirmation, notification, signed, sns_of
from tests.support.world import World

TOPIC = "arn:aws:sns:eu-west-1:123456789012:inbound-sms-MessagesTopic-1"
CHINA = "arn:aws-cn:sns:cn-north-1:123456789012:messages"
GOVERNMENT = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:messages"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
EVENT = Queued("1").document
CERTIFICATE = certificate(NOW - timedelta(days=1))


class Sns:
    """What SNS serves; remembers what it was asked for."""

    def __init__(self, pem: bytes = CERTIFICATE) -> None:
        self.asked: list[str] = []
        self.pem = pem

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self.pem if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"


def endpoint(sns: Callable[[str], bytes], now: datetime = NOW, **settings: Any) -> SnsEndpoint:
    return SnsEndpoint([TOPIC, CHINA, GOVERNMENT], fetch=sns, clock=now.timestamp, **settings)


def posted(post: Post) -> bytes:
    return json.dumps(post).encode()


@pytest.mark.parametrize("topic", [TOPIC, CHINA, GOVERNMENT])
@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("more", [{}, {"Subject": "SMS from +4477"}], ids=["", "subject"])
def test_a_signed_notification_is_an_event(topic: str, version: str, more: dict[str, str]) -> None:
    sns = Sns()
    event = endpoint(sns).receive(posted(signed(notification(topic, EVENT, NOW, **more), version)))

    assert event
    assert event.id == "acme/1"
    assert isinstance(event.data, Message)
    assert sns.asked == [certificate_url(topic)]


def test_the_certificate_is_fetched_once() -> None:
    sns = Sns()
    receive = endpoint(sns).receive
    for number in range(3):
        assert receive(posted(signed(notification(TOPIC, EVENT, NOW, MessageId=str(number)))))

    assert len(sns.asked) == 1


def test_certificates_are_not_kept_without_end() -> None:
    receiver = endpoint(Sns())
    for number in range(20):
        url = certificate_url(TOPIC).replace("56e6", f"{number:04}")
        assert receiver.receive(posted(signed(notification(TOPIC, EVENT, NOW), url=url)))

    assert len(receiver._keys) == 8


def test_a_subscription_to_our_topic_is_confirmed() -> None:
    sns = Sns()
    assert endpoint(sns).receive(posted(signed(confirmation(TOPIC, NOW)))) is None
    assert sns.asked == [certificate_url(TOPIC), confirmation(TOPIC)["SubscribeURL"]]


def test_the_end_of_a_subscription_is_not_undone() -> None:
    sns = Sns()
    assert endpoint(sns).receive(posted(signed(confirmation(TOPIC, NOW, Type="UnsubscribeConfirmation")))) is None
    assert sns.asked == [certificate_url(TOPIC)]


PEM = "/SimpleNotificationService-56e67fcb.pem"
NOT_SNS = [
    "http://sns.eu-west-1.amazonaws.com",
    "https://sns.eu-west-1.amazonaws.com.evil.com",
    "https://sns.amazonaws.com.evil.com",
    "https://evil.com",
    "https://sns.eu-west-1.amazonaws.com@evil.com",
    "https://user@sns.eu-west-1.amazonaws.com",
    "https://sns.eu-west-1@evil.com/amazonaws.com",
    "https://evil.com/sns.eu-west-1.amazonaws.com",
    "https://evil.com#sns.eu-west-1.amazonaws.com",
    "https://evil.com?https://sns.eu-west-1.amazonaws.com",
    "https://evil.com\\@sns.eu-west-1.amazonaws.com",
    "https://sns.eu-west-1.amazonaws.com\\@evil.com",
    "https://sns.eu-west-1.amazonaws.com:8443",
    "https://sns.eu-west-1.amazonaws.com:443@evil.com",
    "https://sns.eu-west-1.amazonaws.com.",
    "https://sns.eu-west-1.amazonaws.com.cn",
    "https://sns.us-east-1.amazonaws.com",  # another region than the topic's
    "https://sns.evil.eu-west-1.amazonaws.com",
    "https://xsns.eu-west-1.amazonaws.com",
    "https://sns-eu-west-1xamazonaws.com",
    "https://s3.eu-west-1.amazonaws.com",
    "https://bucket.s3.eu-west-1.amazonaws.com",
    "https://snѕ.eu-west-1.amazonaws.com",  # a Cyrillic letter
    "https:/sns.eu-west-1.amazonaws.com",
    "//sns.eu-west-1.amazonaws.com",
    " https://sns.eu-west-1.amazonaws.com",
    "HTTPS://sns.eu-west-1.amazonaws.com",
    "file://sns.eu-west-1.amazonaws.com",
    "ftp://sns.eu-west-1.amazonaws.com",
]
NOT_ITS_CERTIFICATE = [
    "/evil.pem",
    "/SimpleNotificationService-1.pem?x",
    "/SimpleNotificationService-1.pem#x",
    "/SimpleNotificationService-1.pem\n",
    "/SimpleNotificationService-../1.pem",
    "/x/SimpleNotificationService-1.pem",
    "/SimpleNotificationService-1.pem/..",
    "/SimpleNotificationService-1.txt",
    "/SimpleNotificationService-١.pem",
    "/?Action=Unsubscribe",
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


@pytest.mark.parametrize("host", NOT_SNS, ids=ascii)
def test_no_confirmation_leads_elsewhere_even_where_it_is_signed(host: str) -> None:
    sns = Sns()
    url = f"{host}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1"
    with pytest.raises(AuthenticationError, match="not a confirmation link"):
        endpoint(sns).receive(posted(signed(confirmation(TOPIC, NOW, SubscribeURL=url))))
    assert sns.asked == [certificate_url(TOPIC)]


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"?Action=Unsubscribe&SubscriptionArn={TOPIC}:1",
        f"?Action=ConfirmSubscription&TopicArn={CHINA}&Token=1",
        f"?Action=ConfirmSubscription&TopicArn={CHINA}&TopicArn={TOPIC}&Token=1",
        f"?Action=ConfirmSubscription&Action=Unsubscribe&TopicArn={TOPIC}&Token=1",
        "?Action=ConfirmSubscription&Token=1",
        f"?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=1 HTTP/1.1\r\nHost: evil.com",
    ],
)
def test_a_confirmation_does_nothing_else(query: str) -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError, match="not a confirmation link"):
        endpoint(sns).receive(posted(signed(confirmation(TOPIC, NOW, SubscribeURL=f"{sns_of(TOPIC)}/{query}"))))
    assert sns.asked == [certificate_url(TOPIC)]


ALTERED = [
    (signed(kind), name, change)
    for kind in (notification(TOPIC, EVENT, NOW, Subject="s"), confirmation(TOPIC, NOW))
    for name in signed(kind)
    if name != "UnsubscribeURL"  # the only one that is not signed; nobody follows it
    for change in ("x", None, 7, ["x"], "")
]


@pytest.mark.parametrize(("post", "name", "change"), ALTERED, ids=lambda each: str(each)[:30])
def test_whatever_is_altered_is_noticed(post: Post, name: str, change: object) -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError):
        endpoint(sns).receive(posted({**post, name: change}))
    with pytest.raises(AuthenticationError):
        endpoint(sns).receive(posted({key: value for key, value in post.items() if key != name}))
    assert set(sns.asked) <= {certificate_url(TOPIC)}


@pytest.mark.parametrize(
    "post",
    [
        signed(notification(TOPIC.replace("1234", "9999"), EVENT, NOW)),
        signed(notification(TOPIC + "x", EVENT, NOW)),
        signed(confirmation("arn:aws:sns:eu-west-1:999999999999:messages", NOW)),
        signed(notification(TOPIC, EVENT, NOW)) | {"SignatureVersion": "1"},
        signed(notification(TOPIC, EVENT, NOW), "1") | {"SignatureVersion": "2"},
        signed(notification(TOPIC, EVENT, NOW)) | {"SignatureVersion": "3"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Signature": "FAKE"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Signature": "not base64"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Message": "\ud800"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Subject": "added"},
        signed(notification(TOPIC, EVENT, NOW)) | {"Type": "SubscriptionConfirmation"},
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


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"Type": ' + b"1" * 1_048_576])
def test_a_body_that_is_no_post_is_refused_and_asks_nobody(body: bytes) -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError):
        endpoint(sns).receive(body)
    assert sns.asked == []


def test_a_post_larger_than_any_of_sns_is_not_even_looked_at() -> None:
    sns = Sns()
    with pytest.raises(AuthenticationError, match="too large"):
        endpoint(sns).receive(posted(signed(notification(TOPIC, "x" * 1_048_576, NOW))))
    assert sns.asked == []


def test_who_wants_sha_256_only_gets_it() -> None:
    with pytest.raises(AuthenticationError, match="version"):
        endpoint(Sns(), signature_versions=["2"]).receive(posted(signed(notification(TOPIC, EVENT, NOW), "1")))


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(NOW - timedelta(days=2), days=1),
        certificate(NOW + timedelta(days=1)),
        certificate(NOW - timedelta(days=1), key=ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["nothing", "nonsense", "over", "not yet", "not RSA"],
)
def test_a_certificate_that_is_none_is_refused_and_not_kept(pem: bytes) -> None:
    sns = Sns(pem)
    receiver = endpoint(sns)
    with pytest.raises(AuthenticationError):
        receiver.receive(posted(signed(notification(TOPIC, EVENT, NOW))))

    sns.pem = CERTIFICATE
    assert receiver.receive(posted(signed(notification(TOPIC, EVENT, NOW))))


def test_without_sns_it_has_to_come_again() -> None:
    def nobody(_: str) -> bytes:
        raise TimeoutError

    for post in (notification(TOPIC, EVENT, NOW), confirmation(TOPIC, NOW)):
        with pytest.raises(DependencyUnavailable):
            endpoint(nobody).receive(posted(signed(post)))


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


# ---- Fetching -----------------------------------------------------------------------------------------------


class Host(BaseHTTPRequestHandler):
    """Answers what the path asks for."""

    def do_GET(self) -> None:
        size = int(self.path.rpartition("/")[2])
        if self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", "/200/1")
            self.end_headers()
            return
        self.send_response(int(self.path.split("/")[1]))
        self.end_headers()
        self.wfile.write(b"x" * size)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("path", "size"), [("/200/65536", 65_536), ("/200/65537", None), ("/redirect/1", None), ("/404/1", None)]
)
def test_what_is_fetched_is_small_and_from_where_it_was_asked(path: str, size: int | None) -> None:
    with HTTPServer(("127.0.0.1", 0), Host) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}{path}"
        if size is not None:
            assert len(fetch(url)) == size
        else:
            with pytest.raises(FETCH_ERRORS):
                fetch(url)
        server.shutdown()
