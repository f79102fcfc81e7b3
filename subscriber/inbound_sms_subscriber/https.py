"""Verifies what is posted to an HTTPS endpoint of SNS, and returns the typed event. Anyone can post there."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from inbound_sms.errors import AuthenticationError
from inbound_sms.events import Event
from inbound_sms.sns import posts
from inbound_sms.sns.certificates import Certificates
from inbound_sms.sns.fetching import fetch
from inbound_sms_subscriber.reading import event_of


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
        if isinstance(self.topics, str) or not all(posts.TOPIC_ARN.fullmatch(topic) for topic in self.topics):
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
        post = posts.read_post(body)
        if post.get("TopicArn", "") not in self.topics:
            raise AuthenticationError("unknown topic")
        posts.verify(
            post,
            self._certificates.key,
            now=self.clock(),
            max_age_seconds=self.max_age_seconds,
            versions=self.signature_versions,
        )
        if post["Type"] == "Notification":
            return event_of(post["Message"])
        if post["Type"] == "SubscriptionConfirmation":
            posts.confirm(post, self.fetch)
        return None
