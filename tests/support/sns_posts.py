"""SNS as an HTTPS endpoint sees it: its certificate, its signatures, written from AWS's documentation."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from inbound_sms_subscriber import SnsEndpoint

Post = dict[str, Any]

TOPIC = "arn:aws:sns:eu-west-1:123456789012:inbound-sms-MessagesTopic-1"
CHINA = "arn:aws-cn:sns:cn-north-1:123456789012:messages"
GOVERNMENT = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:messages"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
# As the documentation lists them: "name-value pairs, in byte-sort order".
_NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
_CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]


def certificate(valid_from: datetime, days: float = 365, key: Any = _KEY) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(valid_from).not_valid_after(valid_from + timedelta(days=days))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


CERTIFICATE = certificate(NOW - timedelta(days=1))


class Sns:
    """What SNS serves; remembers what it was asked for."""

    def __init__(self, pem: bytes = CERTIFICATE) -> None:
        self.asked: list[str] = []
        self.pem = pem

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self.pem if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"


def endpoint(sns: Callable[[str], bytes], clock: Callable[[], float] = NOW.timestamp, **settings: Any) -> SnsEndpoint:
    """Return an endpoint for the three topics above."""
    return SnsEndpoint([TOPIC, CHINA, GOVERNMENT], fetch=sns, clock=clock, **settings)


def posted(post: Post) -> bytes:
    """Return a post's body."""
    return json.dumps(post).encode()


def signed(post: Post, version: str = "2", url: str = "") -> Post:
    """Return a post with SNS's signature of it."""
    names = _NOTIFICATION if post["Type"] == "Notification" else _CONFIRMATION
    text = "".join(f"{name}\n{post[name]}\n" for name in names if name in post)
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    return {
        **post,
        "SignatureVersion": version,
        "Signature": base64.b64encode(_KEY.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode(),
        "SigningCertURL": url or certificate_url(post["TopicArn"]),
    }


def sns_of(topic: str) -> str:
    _, partition, _, region, *_ = topic.split(":")
    return f"https://sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")


def certificate_url(topic: str) -> str:
    return f"{sns_of(topic)}/SimpleNotificationService-56e67fcb41f6fec09b0196692625d385.pem"


def notification(topic: str, message: str, now: datetime | None = None, **more: Any) -> Post:
    """Return a post with a message, not signed yet."""
    unsubscribe = f"{sns_of(topic)}/?Action=Unsubscribe&SubscriptionArn={topic}:1"
    return _post(topic, now, Type="Notification", Message=message, UnsubscribeURL=unsubscribe) | more


def confirmation(topic: str, now: datetime | None = None, **more: Any) -> Post:
    """Return a post that asks for a confirmation, not signed yet."""
    token = "2336412f37f"
    confirm = f"{sns_of(topic)}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"
    message = f"You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit ..."
    return _post(topic, now, Type="SubscriptionConfirmation", Message=message, Token=token, SubscribeURL=confirm) | more


def _post(topic: str, now: datetime | None, **fields: str) -> Post:
    time = f"{now or datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.719Z"
    return {"MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe", "TopicArn": topic, "Timestamp": time, **fields}
