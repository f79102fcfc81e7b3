"""Every provider with every kind of secret that it offers, for the tests of authentication."""

from dataclasses import dataclass

import pytest

from gateway.simulator.post import Post
from inbound_sms.webhook.handler import WebhookHandler
from tests.support.providers import Registered, event_of, registered
from tests.support.signing import CHALLENGES, identity, malformed, parameter, sign
from tests.support.world import World

OLD, NEW = "the-old-secret-of-more-than-32-characters", "the-new-secret-of-more-than-32-characters"


@dataclass(frozen=True)
class SchemeRow:
    """A provider and one of the kinds of secrets that it can authenticate by."""

    entry: Registered
    kind: str

    def __str__(self) -> str:
        return f"{self.entry}-{self.kind}"

    @property
    def challenge(self) -> str | None:
        return CHALLENGES.get(self.kind)

    @property
    def identity(self) -> str:
        return identity(self.entry.sender, self.kind)

    @property
    def refusals(self) -> set[int]:
        """The statuses of the answers to what isn't authenticated: malformed credentials may be none at all."""
        return {401, 404, self.entry.expected.unsigned}

    def signed(self, secret: str, body: bytes | None = None) -> Post:
        """Return the provider's ordinary message, or another body, as it signs it that has this secret."""
        return sign(self.entry.post(body), self.entry.sender, self.kind, secret)

    def malformed(self, right: Post, secret: str) -> list[Post]:
        return malformed(self.kind, right, self.entry.sender, secret)

    def parameter(self, *secrets: str) -> dict[str, object]:
        return parameter(self.entry.sender, self.kind, list(secrets))

    def receiver(self, aws: World, *secrets: str) -> WebhookHandler:
        return aws.receiver(self.entry, self.parameter(*secrets))


def status(receiver: WebhookHandler, post: Post) -> int:
    answered: int = receiver.handle(event_of(post))["statusCode"]
    return answered


def scheme_rows() -> list[SchemeRow]:
    return [SchemeRow(entry, kind) for entry in registered() for kind in entry.sender.secrets]


each_row = pytest.mark.parametrize("row", scheme_rows(), ids=str)
