"""Secrets are rotated while messages come in: none is refused, if one goes by the documented steps.

docs/providers.md. A function looks for new secrets every five minutes, and when it refuses a request, if it
hasn't looked for ten seconds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.webhook.handler import WebhookHandler
from tests.support.acme.sender import ACME_ENTRY
from tests.support.memory import Memory
from tests.support.scheme_rows import NEW, OLD, SchemeRow, status
from tests.support.token_endpoint import endpoint_of, token_event

PARAMETER = "/inbound-sms/test/acme"
MAX_AGE = 300
LIFETIME = 900  # of a token


@dataclass
class Clock:
    """The functions' clock, moved on by the test."""

    now: float = 1_000.0

    def ticks(self, seconds: float, step: float) -> Iterator[None]:
        """Lets this time pass, step by step."""
        end = self.now + seconds
        while self.now < end:
            self.now += step
            yield

    def store(self, memory: Memory) -> SecretStore:
        """Return what an instance of a function knows when it has just started."""
        return SecretStore(memory.ssm, PARAMETER, MAX_AGE, lambda: self.now)


@pytest.mark.parametrize(
    ("kind", "waits"), [*((kind, 10) for kind in ACME_ENTRY.sender.secrets), ("basic", 299), ("basic", 1_000)]
)
def test_no_message_is_refused_while_a_secret_is_rotated_in_two_steps(kind: str, waits: float, memory: Memory) -> None:
    """Put the new secret beside the old one and wait ten seconds; change it at the provider; take the old one out."""
    clock, row = Clock(), SchemeRow(ACME_ENTRY, kind)
    configured_once = row.receiver(memory, OLD)
    instances: list[WebhookHandler] = []
    answers = []

    for configured, at_the_provider in (([OLD], OLD), ([OLD, NEW], OLD), ([OLD, NEW], NEW), ([NEW], NEW)):
        # One that starts just before the change has only just read the parameter.
        instances.append(replace(configured_once, secrets=clock.store(memory)))
        instances[-1].secrets.get()
        memory.put_secrets(PARAMETER, row.parameter(*configured))
        answers += [status(instance, row.signed(at_the_provider)) for instance in instances]
        for _ in clock.ticks(waits, waits / 3):
            answers += [status(instance, row.signed(at_the_provider)) for instance in instances]

    assert set(answers) == {200}
    clock.now += MAX_AGE + 1
    assert {status(instance, row.signed(OLD)) for instance in instances} == {401}, "the old secret ends"


@pytest.mark.parametrize("before", [None, {}], ids=["no parameter", "none in it"])
def test_a_first_secret_is_accepted_ten_seconds_after_a_request_without_any(
    before: dict[str, Any] | None, memory: Memory
) -> None:
    clock, row = Clock(), SchemeRow(ACME_ENTRY, "basic")
    receiver = replace(row.receiver(memory, OLD), secrets=clock.store(memory))
    memory.ssm.delete_parameter(Name=PARAMETER)
    if before is not None:
        memory.put_secrets(PARAMETER, before)
    assert status(receiver, row.signed(OLD)) == 503

    memory.put_secrets(PARAMETER, row.parameter(OLD))
    clock.now += 10
    assert status(receiver, row.signed(OLD)) == 200


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize("head_start", [0, 290])
def test_no_message_is_refused_while_a_signing_key_is_rotated_in_three_steps(head_start: float, memory: Memory) -> None:
    """Put the new key behind the old one and wait until every function knows it; put it in front and wait until no
    token of the old one is left; take the old one out. The provider fetches a new token when the last is over.
    """
    clock, row = Clock(), SchemeRow(ACME_ENTRY, "oauth2")
    receiver = replace(row.receiver(memory, OLD), secrets=clock.store(memory))
    endpoint = endpoint_of({"acme": clock.store(memory)})
    form = {"grant_type": "client_credentials", "client_id": "client-1", "client_secret": "client-secret"}

    def fetch() -> str:
        token: str = json.loads(endpoint.handle(token_event(form))["body"])["access_token"]
        return token

    fetch()
    clock.now += head_start  # the two functions look for new keys at different times
    good_until, answers = 0.0, []
    for keys, seconds in (
        ([OLD], LIFETIME), ([OLD, NEW], MAX_AGE + 1), ([NEW, OLD], MAX_AGE + LIFETIME + 1), ([NEW], 2 * LIFETIME)
    ):  # fmt: skip
        memory.put_secrets(PARAMETER, row.parameter(*keys))
        for _ in clock.ticks(seconds, 45):
            if clock.now >= good_until:
                token, good_until = fetch(), clock.now + LIFETIME
            answers.append(status(receiver, ACME_ENTRY.post().with_header("Authorization", f"Bearer {token}")))

    assert set(answers) == {200}
