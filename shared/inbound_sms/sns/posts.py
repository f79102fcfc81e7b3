"""Verifies what is posted in the name of SNS. Anyone can post.

The rules are those of AWS (Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages"), but
stricter: the certificate must be at the URL of SNS in the topic's own region, so no other host is ever contacted. That
SNS signed it only proves that it comes from somebody's topic: whose topics count is the caller's to check.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from inbound_sms.errors import AuthenticationError, DependencyUnavailable
from inbound_sms.sns.fetching import FETCH_ERRORS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TOPIC_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_MAX_BODY_BYTES = 1_048_576  # SNS: 256 KiB in total, parts of which double in size as JSON within JSON
_CLOCK_TOLERANCE_SECONDS = 300

# The fields that are signed, in this order; only Subject may be absent.
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}


def read_post(body: bytes) -> dict[str, str]:
    """Return the fields of a post that are text. Raises AuthenticationError for what is none."""
    if len(body) > _MAX_BODY_BYTES:
        raise AuthenticationError("too large for a post of SNS")
    try:
        post = json.loads(body)
    except (ValueError, RecursionError):
        raise AuthenticationError("not JSON") from None
    if not isinstance(post, dict):
        raise AuthenticationError("not a post of SNS")
    return {name: value for name, value in post.items() if isinstance(value, str)}


def verify(
    post: Mapping[str, str],
    key_at: "Callable[[str], RSAPublicKey]",
    *,
    now: float,
    max_age_seconds: float,
    versions: Collection[str],
) -> None:
    """Raise AuthenticationError unless SNS signed a post of the topic that it names, lately.

    `key_at` returns the key of the certificate at a URL of SNS; what it raises is passed on.
    """
    if not TOPIC_ARN.fullmatch(post.get("TopicArn", "")):
        raise AuthenticationError("unknown topic")
    signed = [name for name in _SIGNED.get(post.get("Type", ""), ()) if name != "Subject" or name in post]
    if not signed or not all(name in post for name in signed):
        raise AuthenticationError("not a post of SNS")
    version = post.get("SignatureVersion", "")
    if version not in {"1", "2"} or version not in versions:
        raise AuthenticationError("signature version not accepted")
    _check_age(post["Timestamp"], now, max_age_seconds)
    text = "".join(f"{name}\n{post[name]}\n" for name in signed)
    _verify(key_at(_certificate_url(post)), version, text, post.get("Signature", ""))


def confirm(post: Mapping[str, str], fetch: Callable[[str], bytes]) -> None:
    """Follow the link that confirms a subscription, after checking that it leads to SNS and does nothing else.

    Raises AuthenticationError, or DependencyUnavailable.
    """
    url, topic = post["SubscribeURL"], post["TopicArn"]
    host = _sns_url(topic)
    query = parse_qs(url.removeprefix(host + "?"))
    if not re.fullmatch(re.escape(host) + r"\?[!-~]+", url) or (query.get("Action"), query.get("TopicArn")) != (
        ["ConfirmSubscription"],
        [topic],
    ):
        raise AuthenticationError("not a confirmation link of SNS")
    try:
        fetch(url)
    except FETCH_ERRORS as error:
        raise DependencyUnavailable("confirmation of the subscription", error) from error


def _check_age(timestamp: str, now: float, max_age_seconds: float) -> None:
    try:
        sent = datetime.fromisoformat(timestamp)
    except ValueError:
        raise AuthenticationError("invalid timestamp") from None
    age = now - (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()
    if not -_CLOCK_TOLERANCE_SECONDS <= age <= max_age_seconds:
        raise AuthenticationError("too old, or in the future")


def _certificate_url(post: Mapping[str, str]) -> str:
    url = post.get("SigningCertURL", "")
    place = re.escape(_sns_url(post["TopicArn"])) + r"SimpleNotificationService-[A-Za-z0-9]+\.pem"
    if not re.fullmatch(place, url, re.ASCII):
        raise AuthenticationError("not a certificate of SNS")
    return url


def _sns_url(topic: str) -> str:
    """Return the URL of SNS in the topic's region: `https://sns.eu-west-1.amazonaws.com/`."""
    partition, region = topic.split(":")[1], topic.split(":")[3]
    return f"https://sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}/"


def _verify(key: "RSAPublicKey", version: str, text: str, signature: str) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an optional dependency
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303 - SNS's signature version 1
    try:
        key.verify(b64decode(signature, validate=True), text.encode(), PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):  # wrong, or not Base64, or a lone surrogate in the text
        raise AuthenticationError("wrong signature") from None
