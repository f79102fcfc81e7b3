"""Secrets are rotated while messages come in: none is refused, if one goes by the documented steps.

docs/providers/README.md. A function looks for new secrets every five minutes, and when it refuses a request, if it
hasn't looked for ten seconds.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.webhook.handler import WebhookHandler
from tests.component.test_authentication_matrix import NEW, OLD, ROWS, Row
from tests.support.providers import Registered, Signed, registered
from tests.support.signing import SIGNINGS
from tests.support.token_endpoint import endpoint_of, token_event
from tests.support.world import World

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


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("waits", [10, 299, 1_000])
def test_no_message_is_refused_while_a_secret_is_rotated_in_two_steps(row: Row, waits: float, aws: World) -> None:
    """Put the new secret beside the old one and wait ten seconds; change it at the provider; take the old one out."""
    clock = Clock()
    configured_once = row.receiver(aws, OLD)
    parameter = configured_once.settings.provider_parameter
    instances: list[WebhookHandler] = []
    answers = []

    for configured, at_the_provider in (([OLD], OLD), ([OLD, NEW], OLD), ([OLD, NEW], NEW), ([NEW], NEW)):
        # One that starts just before the change has only just read the parameter.
        instances.append(replace(configured_once, secrets=SecretStore(aws.ssm, parameter, MAX_AGE, clock)))
        instances[-1].secrets.get()
        aws.put_secrets(parameter, row.signing.parameter(configured))
        answers += [row.post(instance, row.signed(at_the_provider)) for instance in instances]
        for _ in clock.ticks(waits, waits / 3):
            answers += [row.post(instance, row.signed(at_the_provider)) for instance in instances]

    assert set(answers) == {200}
    clock.now += MAX_AGE + 1
    assert {row.post(instance, row.signed(OLD)) for instance in instances} == {401}, "the old secret ends"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_first_secret_is_accepted_ten_seconds_after_a_request_without_any(row: Row, aws: World) -> None:
    clock = Clock()
    receiver = row.receiver(aws, OLD)
    parameter = receiver.settings.provider_parameter
    for before in (None, {}):
        if before is None:
            aws.ssm.delete_parameter(Name=parameter)
        else:
            aws.put_secrets(parameter, before)
        receiver = replace(receiver, secrets=SecretStore(aws.ssm, parameter, MAX_AGE, clock))
        assert row.post(receiver, row.signed(OLD)) == 503
        aws.put_secrets(parameter, row.signing.parameter([OLD]))
        clock.now += 10
        assert row.post(receiver, row.signed(OLD)) == 200


def sinch() -> Registered:
    return next(entry for entry in registered() if entry.provider.name == "sinch")


class Fetching:
    """Sinch with a token that it fetches anew when it is over, and our two functions, each with a memory of its own."""

    def __init__(self, aws: World, clock: Clock, keys: list[str]) -> None:
        row = Row(sinch(), next(scheme for scheme in sinch().provider.schemes if scheme.name == "oauth2"))
        receiver = row.receiver(aws, *keys)
        self.row, self.aws, self.clock = row, aws, clock
        self.parameter = receiver.settings.provider_parameter
        self.receiver = replace(receiver, secrets=self.memory())
        self.endpoint = endpoint_of({"sinch": self.memory()})
        self.token, self.good_until = "", 0.0

    def memory(self) -> SecretStore:
        return SecretStore(self.aws.ssm, self.parameter, MAX_AGE, self.clock)

    def configure(self, *keys: str) -> None:
        self.aws.put_secrets(self.parameter, SIGNINGS["oauth2"].parameter(list(keys)))

    def post(self) -> int:
        if self.clock.now >= self.good_until:
            self.token, self.good_until = self.fetch(), self.clock.now + LIFETIME
        return self.row.post(self.receiver, Signed({"authorization": f"Bearer {self.token}"}))

    def fetch(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": "client-1", "client_secret": "client-secret"}
        answer = self.endpoint.handle(token_event(form))
        token: str = json.loads(answer["body"])["access_token"]
        return token


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize("head_start", [0, 150, 290])
def test_no_message_is_refused_while_a_signing_key_is_rotated_in_three_steps(head_start: float, aws: World) -> None:
    """Put the new key behind the old one and wait until every function knows it; put it in front and wait until no
    token of the old one is left; take the old one out.
    """
    clock = Clock()
    fetching = Fetching(aws, clock, [OLD])
    fetching.fetch()  # the two functions' memories end at different times
    clock.now += head_start
    answers = [fetching.post() for _ in clock.ticks(LIFETIME, 45)]

    for keys, seconds in (((OLD, NEW), MAX_AGE + 1), ((NEW, OLD), MAX_AGE + LIFETIME + 1), ((NEW,), 2 * LIFETIME)):
        fetching.configure(*keys)
        answers += [fetching.post() for _ in clock.ticks(seconds, 45)]

    assert set(answers) == {200}
