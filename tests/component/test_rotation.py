"""Secrets are rotated while messages come in: none is refused, if one goes by the documented steps.

docs/providers.md. A function looks for new secrets every five minutes, and when it refuses a request, if it
hasn't looked for ten seconds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.webhook.handler import WebhookHandler
from tests.support.acme.sender import ACME_ENTRY
from tests.support.memory import Memory
from tests.support.scheme_rows import NEW, OLD, SchemeRow, status
from tests.support.token_endpoint import endpoint_of, token_event

MAX_AGE = 300
LIFETIME = 900


@dataclass
class Clock:
    """The functions' clock, moved on by the test."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def ticks(self, seconds: float, step: float) -> Iterator[float]:
        """Lets this time pass, step by step."""
        end = self.now + seconds
        while self.now < end:
            self.now += step
            yield self.now


@pytest.mark.parametrize(
    ("kind", "waits"), [*((kind, 10) for kind in ACME_ENTRY.sender.secrets), ("basic", 299), ("basic", 1_000)]
)
def test_no_message_is_refused_while_a_secret_is_rotated_in_two_steps(kind: str, waits: float, memory: Memory) -> None:
    """Put the new secret beside the old one and wait ten seconds; change it at the provider; take the old one out."""
    clock, row = Clock(), SchemeRow(ACME_ENTRY, kind)
    configured_once = row.receiver(memory, OLD)
    parameter = configured_once.settings.provider_parameter
    instances: list[WebhookHandler] = []
    answers = []

    for configured, at_the_provider in (([OLD], OLD), ([OLD, NEW], OLD), ([OLD, NEW], NEW), ([NEW], NEW)):
        # One that starts just before the change has only just read the parameter.
        instances.append(replace(configured_once, secrets=SecretStore(memory.ssm, parameter, MAX_AGE, clock)))
        instances[-1].secrets.get()
        memory.put_secrets(parameter, row.parameter(*configured))
        answers += [status(instance, row.signed(at_the_provider)) for instance in instances]
        for _ in clock.ticks(waits, waits / 3):
            answers += [status(instance, row.signed(at_the_provider)) for instance in instances]

    assert set(answers) == {200}
    clock.now += MAX_AGE + 1
    assert {status(instance, row.signed(OLD)) for instance in instances} == {401}, "the old secret ends"


def test_a_first_secret_is_accepted_ten_seconds_after_a_request_without_any(memory: Memory) -> None:
    clock, row = Clock(), SchemeRow(ACME_ENTRY, "basic")
    receiver = row.receiver(memory, OLD)
    parameter = receiver.settings.provider_parameter
    for before in (None, {}):
        if before is None:
            memory.ssm.delete_parameter(Name=parameter)
        else:
            memory.put_secrets(parameter, before)
        receiver = replace(receiver, secrets=SecretStore(memory.ssm, parameter, MAX_AGE, clock))
        assert status(receiver, row.signed(OLD)) == 503
        memory.put_secrets(parameter, row.parameter(OLD))
        clock.now += 10
        assert status(receiver, row.signed(OLD)) == 200


class Fetching:
    """A provider with a token that it fetches anew when it is over, and our two functions, each with its own memory."""

    def __init__(self, memory: Memory, clock: Clock, keys: list[str]) -> None:
        self.row, self.world, self.clock = SchemeRow(ACME_ENTRY, "oauth2"), memory, clock
        receiver = self.row.receiver(memory, *keys)
        self.parameter = receiver.settings.provider_parameter
        self.receiver = replace(receiver, secrets=self.memory())
        self.endpoint = endpoint_of({"acme": self.memory()})
        self.token, self.good_until = "", 0.0

    def memory(self) -> SecretStore:
        return SecretStore(self.world.ssm, self.parameter, MAX_AGE, self.clock)

    def configure(self, *keys: str) -> None:
        self.world.put_secrets(self.parameter, self.row.parameter(*keys))

    def post(self) -> int:
        if self.clock.now >= self.good_until:
            self.token, self.good_until = self.fetch(), self.clock.now + LIFETIME
        return status(self.receiver, ACME_ENTRY.post().with_header("Authorization", f"Bearer {self.token}"))

    def fetch(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": "client-1", "client_secret": "client-secret"}
        answer = self.endpoint.handle(token_event(form, provider="acme"))
        token: str = json.loads(answer["body"])["access_token"]
        return token


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize("head_start", [0, 290])
def test_no_message_is_refused_while_a_signing_key_is_rotated_in_three_steps(head_start: float, memory: Memory) -> None:
    """Put the new key behind the old one and wait until every function knows it; put it in front and wait until no
    token of the old one is left; take the old one out.
    """
    clock = Clock()
    fetching = Fetching(memory, clock, [OLD])
    fetching.fetch()  # the two functions' memories end at different times
    clock.now += head_start
    answers = [fetching.post() for _ in clock.ticks(LIFETIME, 45)]

    for keys, seconds in (((OLD, NEW), MAX_AGE + 1), ((NEW, OLD), MAX_AGE + LIFETIME + 1), ((NEW,), 2 * LIFETIME)):
        fetching.configure(*keys)
        answers += [fetching.post() for _ in clock.ticks(seconds, 45)]

    assert set(answers) == {200}
