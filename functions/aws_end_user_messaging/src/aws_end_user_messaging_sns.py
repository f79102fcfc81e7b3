"""Whether a post comes from a topic that is listed, by the signature of SNS; and the confirmation of a subscription.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from inbound_sms.api import ProviderSettings, Request, Response
from inbound_sms.auth import SchemeName, Secrets
from inbound_sms.errors import AuthenticationError, ConfigurationError, DependencyUnavailable
from inbound_sms.observability import logger
from inbound_sms.sns.certificates import Certificates, public_key
from inbound_sms.sns.fetching import fetch
from inbound_sms.sns.posts import confirm, read_post, verify

import time
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field

CERTIFICATES = Certificates(fetch, time.time)
KeyAt = Callable[[str], RSAPublicKey]
_NAME: SchemeName = "sns_topic"


class AwsSettings(ProviderSettings):
    """AWS End User Messaging's own settings.

    SNS tries again for an hour at most, with the first attempt's time. Its signature version 1 is SHA-1, which it uses
    for a topic unless it is told otherwise.
    """

    signature_window_seconds: float = Field(default=7_200, gt=0)
    accept_version_1: bool = True


class SnsTopic(NamedTuple):
    """The signature of SNS, for the topics listed in `sns_topic`: it signs for whoever has a topic.

    With certificates or keys in `public_key`, only those are trusted, and none is fetched.
    """

    name: SchemeName = _NAME
    challenge: str | None = None

    def identify(self, request: Request, secrets: Secrets) -> str | None:
        """Return how the request was authenticated. Raises DependencyUnavailable if SNS's certificate can't be had."""
        try:
            post = read_post(request.body)
            _verify(post, request, secrets)
        except AuthenticationError as error:
            logger.info("no post of SNS that counts", reason=str(error))
            return None
        return self.name


def _verify(post: dict[str, str], request: Request, secrets: Secrets) -> None:
    """Raise AuthenticationError unless SNS signed a post of a topic that is listed."""
    if post.get("TopicArn", "") not in secrets.sns_topic:
        raise AuthenticationError("a topic that isn't listed")
    settings, now = request.settings_of(AwsSettings), request.received_at.timestamp()
    refused = AuthenticationError("wrong signature")
    for key_at in _keys(secrets, now):
        try:
            return verify(
                post,
                key_at,
                now=now,
                max_age_seconds=settings.signature_window_seconds,
                versions=("1", "2") if settings.accept_version_1 else ("2",),
            )
        except AuthenticationError as error:
            refused = error
    raise refused


def _keys(secrets: Secrets, now: float) -> list[KeyAt]:
    """Return what finds the key of a certificate: those that are pinned, or SNS itself. Raises ConfigurationError."""
    if not secrets.public_key:
        return [CERTIFICATES.key]
    pinned = [key for key in (_pinned(pem, now) for pem in secrets.public_key) if key is not None]
    if not pinned:
        raise ConfigurationError("nothing in public_key is a certificate that is valid, or an RSA key, in PEM")
    return [lambda _url, key=key: key for key in pinned]  # type: ignore[misc]


def _pinned(pem: str, now: float) -> RSAPublicKey | None:
    """Return the key in PEM, of a certificate or by itself; None if there is none, or the certificate isn't valid."""
    try:
        if "BEGIN CERTIFICATE" in pem:
            return public_key(pem.encode(), now)[0]
        key = load_pem_public_key(pem.encode())
    except (ValueError, AuthenticationError):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def confirmed(request: Request) -> Response | None:
    """Confirm a subscription to a topic that is listed; None for what is no request to.

    Raises DependencyUnavailable if that fails, so that SNS asks again.
    """
    if request.authenticated_by.partition("+")[0] != _NAME:  # without authentication, nobody vouches for the topic
        return None
    post = read_post(request.body)
    if post["Type"] != "SubscriptionConfirmation":
        return None
    try:
        confirm(post, CERTIFICATES.fetch)
    except AuthenticationError as error:
        raise DependencyUnavailable("confirmation of the subscription", error) from error
    logger.info("subscription confirmed", topic=post["TopicArn"])
    return Response(200, '{"status":"confirmed"}')
