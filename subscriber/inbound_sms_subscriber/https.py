"""What SNS posts to an HTTPS endpoint: verified, then a typed event. Anybody can post there, so all of it is hostile.

The rules are AWS's (Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages"), and narrower: the
certificate has to be where SNS in the topic's own region keeps its certificates, so no other host is ever asked.
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
from inbound_sms_subscriber.fetching import FETCH_ERRORS, fetch
from inbound_sms_subscriber.reading import event_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_TOPIC_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_LARGEST_BODY = 1_048_576  # SNS: 256 KiB in all; as JSON in JSON some of it takes twice the place
_CLOCKS_DIFFER_SECONDS = 300
_CERTIFICATES_KEPT = 8

# What is signed, in this order; of these, Subject alone may be absent.
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}


@dataclass(slots=True)
class SnsEndpoint:
    """Takes what SNS posts. One object serves all requests: it keeps the certificates that it fetched.

    `topics` are the ARNs whose events are accepted, and whose subscriptions are confirmed. A post that is older than
    `max_age_seconds` is refused; SNS goes on trying for an hour at most. Younger ones can be repeated by who has seen
    one, so handle events with `once`. `fetch` gets a URL of SNS and gives what is there.
    """

    topics: Collection[str]
    max_age_seconds: float = 7_200
    signature_versions: Collection[str] = ("1", "2")  # 1 is SHA-1, 2 is SHA-256; the gateway's topics use 2
    fetch: Callable[[str], bytes] = fetch
    clock: Callable[[], float] = time.time
    _keys: "dict[str, tuple[RSAPublicKey, datetime]]" = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if isinstance(self.topics, str) or not all(_TOPIC_ARN.fullmatch(topic) for topic in self.topics):
            raise ValueError(
                "topics: ARNs of SNS topics are expected, like arn:aws:sns:eu-west-1:123456789012:messages"
            )
        try:
            import cryptography  # noqa: F401, PLC0415 - only who is posted to needs it
        except ImportError as error:
            raise ImportError('SnsEndpoint needs the package "cryptography"') from error

    def receive(self, body: bytes) -> Event | None:
        """Take the body of a post; return the event, or None where it was about the subscription itself.

        Raises AuthenticationError (answer 403), DependencyUnavailable (answer 503, and SNS tries again) and
        InvalidPayload (SNS sent it, but it is not an event: answer 200 once you have a note of it, since it will not
        get better).
        A subscription to one of the topics is confirmed; the end of one is not undone.
        """
        post = _post(body)
        kind = self._verified(post)
        if kind == "Notification":
            return event_of(post["Message"])
        if kind == "SubscriptionConfirmation":
            self._confirm(post)
        return None

    def _verified(self, post: Mapping[str, str]) -> str:
        kind, topic = post.get("Type", ""), post.get("TopicArn", "")
        if topic not in self.topics:
            raise AuthenticationError("another topic")
        signed = [name for name in _SIGNED.get(kind, ()) if name != "Subject" or name in post]
        if not signed or not all(name in post for name in signed):
            raise AuthenticationError("not what SNS posts")
        version = post.get("SignatureVersion", "")
        if version not in {"1", "2"} or version not in self.signature_versions:
            raise AuthenticationError("another version of the signature")
        self._in_time(post["Timestamp"])
        text = "".join(f"{name}\n{post[name]}\n" for name in signed)
        _verify(self._key(post.get("SigningCertURL", ""), topic), version, text, post.get("Signature", ""))
        return kind

    def _in_time(self, timestamp: str) -> None:
        try:
            sent = datetime.fromisoformat(timestamp)
        except ValueError:
            raise AuthenticationError("not a time") from None
        age = self.clock() - (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()
        if not -_CLOCKS_DIFFER_SECONDS <= age <= self.max_age_seconds:
            raise AuthenticationError("too old, or from the future")

    def _key(self, url: str, topic: str) -> "RSAPublicKey":
        if not re.fullmatch(re.escape(_sns_of(topic)) + r"SimpleNotificationService-[A-Za-z0-9]+\.pem", url, re.ASCII):
            raise AuthenticationError("a certificate of somebody else")
        now = datetime.fromtimestamp(self.clock(), UTC)
        key, until = self._keys.get(url) or _key_in(self._fetched("certificate of SNS", url), now)
        if now > until:
            self._keys.pop(url, None)
            raise AuthenticationError("a certificate that is not valid now")
        while len(self._keys) >= _CERTIFICATES_KEPT and url not in self._keys:
            self._keys.pop(next(iter(self._keys)), None)
        self._keys[url] = (key, until)
        return key

    def _confirm(self, post: Mapping[str, str]) -> None:
        """Follows the link that SNS sent, once it is sure that it leads to SNS and does nothing else."""
        url, topic = post["SubscribeURL"], post["TopicArn"]
        host = _sns_of(topic)
        query = parse_qs(url.removeprefix(host + "?"))
        if not re.fullmatch(re.escape(host) + r"\?[!-~]+", url) or (query.get("Action"), query.get("TopicArn")) != (
            ["ConfirmSubscription"],
            [topic],
        ):
            raise AuthenticationError("a confirmation that leads elsewhere")
        self._fetched("confirmation of the subscription", url)

    def _fetched(self, what: str, url: str) -> bytes:
        try:
            return self.fetch(url)
        except FETCH_ERRORS as error:
            raise DependencyUnavailable(what, error) from error


def _post(body: bytes) -> dict[str, str]:
    if len(body) > _LARGEST_BODY:
        raise AuthenticationError("larger than anything that SNS posts")
    try:
        post = json.loads(body)
    except (ValueError, RecursionError):
        raise AuthenticationError("not JSON") from None
    if not isinstance(post, dict):
        raise AuthenticationError("not what SNS posts")
    return {name: value for name, value in post.items() if isinstance(value, str)}


def _sns_of(topic: str) -> str:
    """Gives where SNS of the topic's region is: `https://sns.eu-west-1.amazonaws.com/`."""
    partition, region = topic.split(":")[1], topic.split(":")[3]
    return f"https://sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}/"


def _key_in(pem: bytes, now: datetime) -> "tuple[RSAPublicKey, datetime]":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - see __post_init__
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    try:
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except Exception as error:
        raise AuthenticationError("a certificate that can't be read") from error
    if not isinstance(key, RSAPublicKey) or now < certificate.not_valid_before_utc:
        raise AuthenticationError("a certificate that is not valid now")
    return key, certificate.not_valid_after_utc


def _verify(key: "RSAPublicKey", version: str, text: str, signature: str) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see __post_init__
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - what version 1 is
    try:
        key.verify(b64decode(signature, validate=True), text.encode(), PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):  # wrong, or not Base64, or half a surrogate pair in the text
        raise AuthenticationError("a wrong signature") from None
