"""Every crash and fault at every step of a webhook; the provider posts again until it hears success."""

import json
from typing import Any, NamedTuple

from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.settings import WebhookSettings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from inbound_sms.webhook.ingest import Ingestor
from tests.support.quiet import quietly
from verification.crash_points.ledger import Violation, content_of, quarantined
from verification.crash_points.replay import Answer, History, Outcome, Pending, answered, run
from verification.crash_points.simulated_aws import NO_FAULT, Fault, Stores, carry_out, faults
from verification.crash_points.state import START
from verification.sources import Source

PARAMETER = "/inbound-sms/test/provider"
TIME_LIMIT = 25.0  # of a provider's function, in template.yaml
SETTINGS = {
    "queue_url": "queue",
    "quarantine_bucket": "quarantine",
    "payloads_bucket": "payloads",
    "provider_parameter": PARAMETER,
}


class Post(NamedTuple):
    """Where a post is: AWS's state, what may still go wrong, which post it is, the answers that the function got."""

    stores: Stores
    faults_left: int = 0
    number: int = 1
    history: History = ()

    @property
    def at(self) -> float:
        return START + 100 * self.number


class Walk:
    """Walks through every schedule of an event that a provider posts, over and over."""

    def __init__(self, source: Source, event: dict[str, Any], **settings: Any) -> None:
        self._source = source
        self._event = event
        self._settings = WebhookSettings.model_validate(SETTINGS | settings)
        self._start = Stores(parameters=((PARAMETER, json.dumps(source.secrets)),))
        self._outcomes: dict[tuple[int, History], Outcome] = {}
        # What has to be stored is what is stored when all goes well.
        post = Post(self._start)
        with quietly(), source.standing_still():
            while pending := self._outcome(post).pending:
                post = _after(post, pending[0], NO_FAULT)
        self._documents, self._bodies = post.stores.queued, quarantined(post.stores)

    @property
    def kind(self) -> str:
        """What becomes of the post when all goes well: message, unknown, quarantined, ..."""
        if self._bodies:
            return "partly quarantined" if self._documents else "quarantined"
        return json.loads(self._documents[0])["type"].split(".")[1] if self._documents else "nothing stored"

    def explore(self, faults_left: int) -> int:
        """Return how many schedules there are."""
        assert self._documents or self._bodies, "nothing has to be stored"
        with quietly(), self._source.standing_still():
            return self._walk(Post(self._start, faults_left))

    def _handle(self, session: Any) -> dict[str, Any]:
        """Receive the event once, in a function that has just started."""
        settings, provider = self._settings, self._source.provider
        max_age = settings.secrets_max_age_seconds
        return WebhookHandler(
            provider=provider,
            settings=settings,
            secrets=SecretStore(session, PARAMETER, max_age, session.clock, session.pause, lambda: 1.0),
            ingestor=Ingestor(
                parse=provider.parse,
                queue=EventQueue(session, settings.queue_url),
                quarantine=Quarantine(session, settings.quarantine_bucket, provider.name),
                payloads=PayloadStore(session, settings.payloads_bucket, provider.name),
                max_event_bytes=settings.max_event_bytes,
            ),
        ).handle(self._event)

    def _outcome(self, post: Post) -> Outcome:
        key = post.number, post.history
        if key not in self._outcomes:
            self._outcomes[key] = run(self._handle, f"post {post.number}", post.at, post.history)
        return self._outcomes[key]

    def _walk(self, post: Post) -> int:
        _check_payloads(post.stores)
        outcome = self._outcome(post)
        if outcome.at >= post.at + TIME_LIMIT:
            raise Violation("it takes so long that Lambda kills it")
        if outcome.error:
            raise Violation(f"the webhook raises {outcome.error!r}")
        again = post._replace(number=post.number + 1, history=())
        if outcome.pending:
            [pending] = outcome.pending
            following = [_after(post, pending, NO_FAULT)]
            if post.faults_left:
                following += [_after(post, pending, fault) for fault in faults(pending)]
                following.append(
                    again._replace(faults_left=post.faults_left - 1)
                )  # a crash: the provider hears nothing
            return sum(map(self._walk, following))
        if outcome.value["statusCode"] >= 500:
            return self._walk(again)
        if not 200 <= outcome.value["statusCode"] < 300:
            raise Violation(f"refused: {outcome.value}")
        missing = set(map(content_of, self._documents)) - set(map(content_of, post.stores.queued))
        if lost := missing or self._bodies - quarantined(post.stores):
            raise Violation(f"acknowledged, and not stored: {lost}")
        return 1


def _after(post: Post, pending: Pending, fault: Fault) -> Post:
    done = carry_out(post.stores, pending, fault)
    answer = Answer.of(pending.since + fault.seconds, done.value, done.error)
    left = post.faults_left - (fault is not NO_FAULT)
    return post._replace(stores=done.stores, history=answered(post.history, pending.path, answer), faults_left=left)


def _check_payloads(stores: Stores) -> None:
    """Raise Violation where a queued event refers to a payload that isn't there."""
    for document in stores.queued:
        reference = json.loads(document)["data"].get("provider_payload_ref")
        if reference and f"{reference['bucket']}/{reference['key']}" not in dict(stores.bucket):
            raise Violation("queued, and its payload is not stored")
