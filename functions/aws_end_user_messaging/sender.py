"""The side of AWS End User Messaging, and of SNS, which carries what it publishes:
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.simulator.sender import Callback, KeyPairs, Post, Retries, Sender, Verdict, a_uuid, again_unless

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SAMPLES = Path(__file__).parent / "samples"
FROM, TO, TEXT = "originationNumber", "destinationNumber", "messageBody"
SNS = "https://sns.eu-west-1.amazonaws.com"


def topic(secret: str) -> str:
    """Return the topic that stands for a secret."""
    return f"arn:aws:sns:eu-west-1:123456789012:local-{hashlib.sha256(secret.encode()).hexdigest()[:24]}"


def _prime(name: str) -> int:
    """Return one of the two primes behind the key pair of local stacks: found once by its number, the same for ever."""
    start = f"local-only-aws-end-user-messaging-secret {name}"
    words = b"".join(hashlib.sha256(f"{start} {part}".encode()).digest() for part in range(4))
    return int.from_bytes(words, "big") | 3 << 1022 | 1


@cache
def _private_key() -> "RSAPrivateKey":
    """Return the private key that signs in SNS's place. It is in nobody's certificate."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - for who signs

    p, q, e = _prime("p 1212"), _prime("q 281"), 65_537
    d = pow(e, -1, (p - 1) * (q - 1))
    parts = (p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p))
    return rsa.RSAPrivateNumbers(*parts, rsa.RSAPublicNumbers(e, p * q)).private_key()


def beside() -> Mapping[str, list[str]]:
    """Return what a local stack's parameter trusts in place of SNS's certificates."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"public_key": [_private_key().public_key().public_bytes(*form).decode()]}


def sign(post: Post, secret: str) -> Post:
    """Publish a body on the topic: return the post of SNS that carries it, signed by version 2."""
    fields = {
        "Message": post.body.decode("utf-8", "replace"),
        "MessageId": str(uuid.uuid4()),
        "Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "TopicArn": topic(secret),
        "Type": "Notification",
    }
    return signed(post, fields)


def signed(post: Post, fields: dict[str, str]) -> Post:
    """Return the post of SNS with these fields, which it signs in the order of their names."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

    text = "".join(f"{name}\n{fields[name]}\n" for name in sorted(fields))
    signature = base64.b64encode(_private_key().sign(text.encode(), PKCS1v15(), hashes.SHA256())).decode()
    whole = {
        **fields,
        "SignatureVersion": "2",
        "Signature": signature,
        "SigningCertURL": f"{SNS}/SimpleNotificationService-0123456789abcdef.pem",
    }
    headers = {**post.headers, "Content-Type": "text/plain; charset=UTF-8"}
    return replace(post, body=json.dumps(whole).encode(), headers=headers)


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 2xx; what is the client's fault (4xx) isn't tried again."""
    if 400 <= status < 500 and status != 429:
        return Verdict.GIVEN_UP
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="aws-end-user-messaging",
    title="AWS End User Messaging",
    docs="https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html",
    callbacks={
        "message": Callback(
            SAMPLES / "two_way_sms_message.json", {"inboundMessageId": a_uuid}, sender=FROM, recipient=TO, text=TEXT
        ),
        "report": Callback(
            SAMPLES / "text_successful.json",
            {"messageId": a_uuid},
            sender="originationPhoneNumber",
            recipient="destinationPhoneNumber",
        ),
        "unknown": Callback(
            {"eventType": "REGISTRATION_STATUS_CHANGE", "registrationId": "1"}, {"registrationId": a_uuid}
        ),
    },
    secrets=("sns_topic",),
    key_pairs=KeyPairs(topic, sign, "sns_topic", beside),
    retries=Retries(waits=(20, 20, 20), timeout=15, read=_read),
    portal="SNS, the number's two-way topic: a subscription (HTTPS, no raw message delivery) of the URL; first put the"
    " topic's ARN into `sns_topic`",
    broken=(b'{"originationNumber": "+14255550182", "messageBody": "no id"}', "inboundMessageId"),
    table={
        "sms": "yes",
        "mms": "-",
        "reports": "`TEXT_...` and `MEDIA_...` events",
        "other": "published as unknown",
        "response": "2xx",
        "retries": "three times, 20 s apart; up to an hour by a policy of the subscription",
        "id": "`inboundMessageId`",
    },
)
