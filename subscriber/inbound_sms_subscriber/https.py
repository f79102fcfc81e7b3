"""Verifies what is posted to an HTTPS endpoint of SNS, and returns the typed event. Anyone can post there.

The rules are those of AWS (Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages"), but
stricter: the certificate must be at the URL of SNS in the topic's own region, so no other host is ever contacted.
"""

import json
import re
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from inbound_sms.errors import AuthenticationError, DependencyUnavailable
from inbound_sms.events import Event
from inbound_sms_subscriber.certificates import Certificates
from inbound_sms_subscriber.fetching import FETCH_ERRORS, fetch
from inbound_sms_subscriber.reading import event_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_TOPIC_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_MAX_BODY_BYTES = 1_048_576  # SNS: 256 KiB in total, parts of which double in size as JSON within JSON
_CLOCK_TOLERANCE_SECONDS = 300

# The fields that are signed, in this order; only Subject may be absent.
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}


@dataclass(slots=True)
class SnsEndpoint:
    """Receives what SNS posts. Use one object for all requests: it caches the certificates, and limits how many are
    fetched.

    `topics` are the ARNs of the topics whose events are accepted and whose subscriptions are confirmed. A post older
    than `max_age_seconds` is refused; SNS retries for an hour at most. Until then, whoever has seen a post could send
    it again, so handle events with `once`. `signature_versions` are those that are accepted: "2" is SHA-256, which the
    gateway's topics use; "1", SHA-1, is what SNS uses for a topic unless it is told otherwise. `fetch` returns the
    content at a URL of SNS; for a status other than 2xx it raises urllib.error.HTTPError.
    """

    topics: Collection[str]
    max_age_seconds: float = 7_200
    signature_versions: Collection[str] = ("2",)
    fetch: Callable[[str], bytes] = fetch
    clock: Callable[[], float] = time.time
    _certificates: Certificates = field(init=False)

    def __post_init__(self) -> None:
        if isinstance(self.topics, str) or not all(_TOPIC_ARN.fullmatch(topic) for topic in self.topics):
            raise ValueError("topics must be ARNs of SNS topics, such as arn:aws:sns:eu-west-1:123456789012:messages")
        try:
            import cryptography  # noqa: F401, PLC0415 - an optional dependency
        except ImportError as error:
            raise ImportError('SnsEndpoint needs the package "cryptography"') from error
        self._certificates = Certificates(self.fetch, self.clock)

    def receive(self, body: bytes) -> Event | None:
        """Verify the body of a post and return its event, or None if it was about the subscription.

        A subscription to one of the topics is confirmed; an unsubscription is left as it is. Raises AuthenticationError
        (respond with 403), DependencyUnavailable (respond with 503, so that SNS retries), or InvalidPayload (SNS sent
        it, but it isn't an event: record it and respond with 200, because a retry won't help).
        """
        post = _parse(body)
        kind = self._verified(post)
        if kind == "Notification":
            return event_of(post["Message"])
        if kind == "SubscriptionConfirmation":
            self._confirm(post)
        return None

    def _verified(self, post: Mapping[str, str]) -> str:
        kind, topic = post.get("Type", ""), post.get("TopicArn", "")
        if topic not in self.topics:
            raise AuthenticationError("unknown topic")
        signed = [name for name in _SIGNED.get(kind, ()) if name != "Subject" or name in post]
        if not signed or not all(name in post for name in signed):
            raise AuthenticationError("not a post of SNS")
        version = post.get("SignatureVersion", "")
        if version not in {"1", "2"} or version not in self.signature_versions:
            raise AuthenticationError("signature version not accepted")
        self._check_age(post["Timestamp"])
        text = "".join(f"{name}\n{post[name]}\n" for name in signed)
        _verify(self._key(post.get("SigningCertURL", ""), topic), version, text, post.get("Signature", ""))
        return kind

    def _check_age(self, timestamp: str) -> None:
        try:
            sent = datetime.fromisoformat(timestamp)
        except ValueError:
            raise AuthenticationError("invalid timestamp") from None
        age = self.clock() - (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()
        if not -_CLOCK_TOLERANCE_SECONDS <= age <= self.max_age_seconds:
            raise AuthenticationError("too old, or in the future")

    def _key(self, url: str, topic: str) -> "RSAPublicKey":
        if not re.fullmatch(re.escape(_sns_url(topic)) + r"SimpleNotificationService-[A-Za-z0-9]+\.pem", url, re.ASCII):
            raise AuthenticationError("not a certificate of SNS")
        return self._certificates.key(url)

    def _confirm(self, post: Mapping[str, str]) -> None:
        """Follow the link to confirm the subscription, after checking that it leads to SNS and does nothing else."""
        url, topic = post["SubscribeURL"], post["TopicArn"]
        host = _sns_url(topic)
        query = parse_qs(url.removeprefix(host + "?"))
        if not re.fullmatch(re.escape(host) + r"\?[!-~]+", url) or (query.get("Action"), query.get("TopicArn")) != (
            ["ConfirmSubscription"],
            [topic],
        ):
            raise AuthenticationError("not a confirmation link of SNS")
        try:
            self.fetch(url)
        except FETCH_ERRORS as error:
            raise DependencyUnavailable("confirmation of the subscription", error) from error


def _parse(body: bytes) -> dict[str, str]:
    if len(body) > _MAX_BODY_BYTES:
        raise AuthenticationError("too large for a post of SNS")
    try:
        post = json.loads(body)
    except (ValueError, RecursionError):
        raise AuthenticationError("not JSON") from None
    if not isinstance(post, dict):
        raise AuthenticationError("not a post of SNS")
    return {name: value for name, value in post.items() if isinstance(value, str)}


def _sns_url(topic: str) -> str:
    """Return the URL of SNS in the topic's region: `https://sns.eu-west-1.amazonaws.com/`."""
    partition, region = topic.split(":")[1], topic.split(":")[3]
    return f"https://sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}/"


def _verify(key: "RSAPublicKey", version: str, text: str, signature: str) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see __post_init__
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - SNS's signature version 1
    try:
        key.verify(b64decode(signature, validate=True), text.encode(), PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):  # wrong, or not Base64, or a lone surrogate in the text
        raise AuthenticationError("wrong signature") from None
