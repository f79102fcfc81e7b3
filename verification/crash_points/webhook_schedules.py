"""Every crash and fault at every step of a webhook; the provider posts again until it hears success."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.settings import WebhookSettings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from inbound_sms.webhook.ingest import Ingestor
from inbound_sms.webhook.provider import Provider
from tests.support.quiet import quietly
from verification.crash_points.ledger import Content, Violation, content_of
from verification.crash_points.replay import Answers, History, Outcome, Session, answered, run
from verification.crash_points.simulated_aws import Stores, carry_out, error_of, faults
from verification.crash_points.state import START

PARAMETER = "/inbound-sms/test/provider"
TIME_LIMIT = 25.0  # of a provider's function, in template.yaml


class Posted(NamedTuple):
    """What a provider posts, over and over, and to whom."""

    provider: Provider
    secrets: Mapping[str, Any]
    event: dict[str, Any]
    settings: Mapping[str, Any] = {}

    def handle(self, session: Session) -> dict[str, Any]:
        """Receive it once, in a function that has just started."""
        client = session.client()
        settings = WebhookSettings.model_validate(
            {
                "queue_url": "queue",
                "quarantine_bucket": "quarantine",
                "payloads_bucket": "payloads",
                "provider_parameter": PARAMETER,
            }
            | {**self.settings}
        )
        return WebhookHandler(
            provider=self.provider,
            settings=settings,
            secrets=SecretStore(
                client, PARAMETER, settings.secrets_max_age_seconds, session.clock, session.pause, lambda: 1.0
            ),
            ingestor=Ingestor(
                parse=self.provider.parse,
                queue=EventQueue(client, settings.queue_url),
                quarantine=Quarantine(client, settings.quarantine_bucket, self.provider.name),
                payloads=PayloadStore(client, settings.payloads_bucket, self.provider.name),
                max_event_bytes=settings.max_event_bytes,
            ),
        ).handle(self.event)


class Post(NamedTuple):
    """Where a post is: AWS's state, the answers that the function got, what may still go wrong."""

    stores: Stores
    number: int
    history: History
    faults_left: int

    @property
    def at(self) -> float:
        return START + 100 * self.number


class Walk:
    """Walks through every schedule of one thing that is posted."""

    def __init__(self, posted: Posted) -> None:
        self._posted = posted
        self._answers = Answers()
        self._wanted: set[Content] | None = None
        self._body: set[bytes] = set()
        self._outcomes: dict[tuple[int, History], Outcome] = {}
        self.schedules = 0
        self.posts = 0

    def explore(self, faults_left: int) -> None:
        start = Stores(parameters=((PARAMETER, json.dumps(self._posted.secrets)),))
        with quietly():
            self._learn(start)
            self._go_on(Post(start, 1, (), faults_left))

    def _learn(self, start: Stores) -> None:
        """Learn what has to be stored: what is stored when all goes well."""
        post = Post(start, 1, (), 0)
        while (outcome := self._run(post)).pending:
            [post] = self._after_call(post, outcome)
        self._wanted = {content_of(document) for document in post.stores.queued}
        self._body = {body for key, body in post.stores.bucket if key.endswith("/body")}
        if not (self._wanted or self._body) or not _is_success(outcome.value):
            raise Violation(f"it is not stored at all: {outcome.value}")

    def _run(self, post: Post) -> Outcome:
        key = post.number, post.history
        if key not in self._outcomes:
            self._outcomes[key] = run(self._posted.handle, f"post {post.number}", post.at, post.history)
        return self._outcomes[key]

    def _go_on(self, post: Post) -> None:
        self._check_payloads(post.stores)
        outcome = self._run(post)
        if outcome.at >= post.at + TIME_LIMIT:
            raise Violation("it takes so long that Lambda kills it")
        if outcome.error:
            raise Violation(f"the webhook raises {outcome.error!r}")
        if not outcome.pending:
            self._heard(post, outcome)
            return
        for after in self._after_call(post, outcome):
            self._go_on(after)
        if post.faults_left:  # a crash: the provider hears nothing
            self._again(post._replace(faults_left=post.faults_left - 1))

    def _after_call(self, post: Post, outcome: Outcome) -> list[Post]:
        [pending] = outcome.pending
        stores, reply = carry_out(post.stores, pending.operation, pending.params, pending.token)
        answer = self._answers.make(pending.since, reply.value, reply.error)
        history = answered(post.history, pending.path, answer)
        found = [post._replace(stores=stores, history=history)]
        for fault in faults(pending.operation, pending.params) if post.faults_left else ():
            stores = post.stores
            for _ in range(fault.times):
                stores, reply = carry_out(stores, pending.operation, pending.params, pending.token, fault.left_out)
            error = error_of(fault, pending.operation)
            answer = self._answers.make(pending.since + fault.seconds, None if error else reply.value, error)
            history = answered(post.history, pending.path, answer)
            found.append(post._replace(stores=stores, history=history, faults_left=post.faults_left - 1))
        return found

    def _heard(self, post: Post, outcome: Outcome) -> None:
        if _is_success(outcome.value):
            self._check_stored(post.stores)
            self.schedules += 1
        elif outcome.value["statusCode"] >= 500:
            self._again(post)
        else:
            raise Violation(f"refused: {outcome.value}")

    def _again(self, post: Post) -> None:
        self.posts += 1
        self._go_on(post._replace(number=post.number + 1, history=()))

    def _check_stored(self, stores: Stores) -> None:
        missing = (self._wanted or set()) - {content_of(document) for document in stores.queued}
        objects = dict(stores.bucket)
        kept = {
            body
            for key, body in objects.items()
            if key.endswith("/body") and f"{key.removesuffix('body')}record.json" in objects
        }
        if missing or self._body - kept:
            raise Violation(f"acknowledged, and not stored: {missing or self._body}")

    def _check_payloads(self, stores: Stores) -> None:
        """Raise Violation where a queued event refers to a payload that isn't there."""
        objects = dict(stores.bucket)
        for document in stores.queued:
            reference = json.loads(document)["data"].get("provider_payload_ref")
            if reference and f"{reference['bucket']}/{reference['key']}" not in objects:
                raise Violation("queued, and its payload is not stored")


def _is_success(response: dict[str, Any]) -> bool:
    return bool(200 <= response["statusCode"] < 300)
