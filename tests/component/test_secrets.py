"""A provider's secrets: read when needed, kept for minutes, served while Parameter Store is out of reach."""

import io
import json
import traceback
from typing import Any

import pytest

from aws_client.errors import AwsServiceError, RequestNotSent
from inbound_sms.auth import Secrets
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.errors import ConfigurationError, DependencyUnavailable
from tests.component.conftest import Counts
from tests.support.memory import Parameters

NAME = "/inbound-sms/test/sample"
OLD, NEW = {"authorization": ["the-old-one"]}, {"authorization": ["the-new-one"]}

WRONG = [
    ("is-private", "Invalid JSON"),
    ('"is-private"', "Input should be an object"),
    ('{"basic": [{"username": "u", "password": {"is-private": 1}}]}', "basic.0.password"),
    ('{"hmac": ["is-private"], "authentication": "none"}', "authentication none contradicts the secrets beside it"),
]


class ParameterStore(Parameters):
    """Parameter Store, which counts what is read and can be out of reach, and a clock beside it."""

    reads = 0
    fault: Exception | None = None
    now = 1_000.0
    chance = 0.0
    then: Exception | None = None  # the fault once somebody has waited

    def get_parameter(self, **arguments: Any) -> dict[str, Any]:
        self.reads += 1
        if self.fault:
            raise self.fault
        return super().get_parameter(**arguments)

    def goes_down(self) -> None:
        self.fault = RequestNotSent("GetParameter", "ConnectionRefusedError")

    def put(self, secrets: dict[str, Any]) -> None:
        self[NAME] = json.dumps(secrets)

    def secrets(self, max_age: float = 300) -> SecretStore:
        ours: Any = self  # as much as is used
        return SecretStore(ours, NAME, max_age, lambda: self.now, self.wait, lambda: self.chance)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.fault = self.then


@pytest.fixture
def store() -> ParameterStore:
    made = ParameterStore()
    made.put(OLD)
    return made


def accepted(secrets: Secrets | None) -> tuple[str, ...]:
    assert secrets is not None
    return secrets.authorization


def test_secrets_are_read_once_and_again_when_they_are_too_old(store: ParameterStore) -> None:
    secrets = store.secrets(max_age=300)
    for passed in (0, 1, 150, 149):
        store.now += passed
        assert accepted(secrets.get()) == ("the-old-one",)
    store.put(NEW)
    assert accepted(secrets.get()) == ("the-old-one",)
    assert store.reads == 1

    store.now += 1
    assert accepted(secrets.get()) == ("the-new-one",)
    assert accepted(secrets.get()) == ("the-new-one",)
    assert store.reads == 2


def test_in_an_outage_the_last_known_secrets_are_served_and_not_every_request_waits_for_a_new_try(
    store: ParameterStore, counts: Counts
) -> None:
    secrets = store.secrets(max_age=300)
    secrets.get()
    assert counts() == {}
    store.goes_down()
    store.now += 301
    for _ in range(5):
        assert accepted(secrets.get()) == ("the-old-one",)
        store.now += 1
    assert store.reads == 2
    assert counts() == {"SecretsStale": 1}

    store.now += 86_400 - 301 - 5
    assert accepted(secrets.get()) == ("the-old-one",)
    store.now += 11
    with pytest.raises(DependencyUnavailable):  # after a day
        secrets.get()

    store.fault = None
    store.put(NEW)
    store.now += 6
    assert accepted(secrets.get()) == ("the-new-one",)
    assert store.reads == 5


@pytest.mark.parametrize(
    ("value", "error", "remembered"),
    [
        ("out of reach", DependencyUnavailable, 2),
        ("{", ConfigurationError, 10),
        ('{"authorization": [""]}', ConfigurationError, 10),
        (None, ConfigurationError, 10),
    ],
)
def test_requests_without_usable_secrets_do_not_use_up_parameter_stores_quota(
    store: ParameterStore, value: str | None, error: type[Exception], remembered: int
) -> None:
    """40 a second for the whole account (AWS's default): junk for one provider would lock out all the others."""
    if value is None:
        del store[NAME]
    elif value == "out of reach":
        store.goes_down()
    else:
        store[NAME] = value
    secrets = store.secrets()
    for _ in range(9):
        with pytest.raises(error) as caught:
            secrets.get()
        assert len(traceback.extract_tb(caught.value.__traceback__)) < 8, "what is remembered must not grow"
        store.now += remembered / 10
    assert store.reads == 1

    store.fault = None
    store.put(NEW)
    store.now += 0.11 * remembered
    assert accepted(secrets.get()) == ("the-new-one",)


def test_a_deleted_parameter_lets_nobody_in_any_more(store: ParameterStore) -> None:
    secrets = store.secrets(max_age=60)
    secrets.get()
    del store[NAME]

    assert "the-old-one" not in repr(secrets)
    assert accepted(secrets.get()) == ("the-old-one",)
    store.now += 61
    with pytest.raises(ConfigurationError, match=f"^no secret configured: parameter {NAME} does not exist$"):
        secrets.get()


def test_a_refused_request_makes_for_a_look_at_new_secrets_every_ten_seconds_at_most(store: ParameterStore) -> None:
    secrets = store.secrets()
    secrets.get()
    store.put(NEW)

    for passed in (0, 5, 4.9):
        store.now += passed
        assert secrets.refreshed() is None
    assert store.reads == 1

    store.now += 0.1
    assert accepted(secrets.refreshed()) == ("the-new-one",)
    assert accepted(secrets.get()) == ("the-new-one",)
    assert secrets.refreshed() is None
    assert store.reads == 2

    store.goes_down()
    store.now += 20
    assert accepted(secrets.refreshed()) == ("the-new-one",), "in an outage it keeps the known ones"
    assert secrets.refreshed() is None
    assert accepted(secrets.get()) == ("the-new-one",)
    assert store.reads == 3


@pytest.mark.parametrize(("value", "fault"), WRONG)
def test_a_mistake_in_the_parameter_is_named_without_its_content_and_locks_out_nobody_who_was_known(
    store: ParameterStore, logs: io.StringIO, value: str, fault: str
) -> None:
    known = store.secrets(max_age=300)
    known.get()
    store[NAME] = value
    with pytest.raises(ConfigurationError) as caught:
        store.secrets().get()
    assert str(caught.value).startswith(f"parameter {NAME}: ")
    assert fault in str(caught.value)
    assert caught.value.__cause__ is None, "the cause would show the content in a traceback"
    assert caught.value.__suppress_context__

    store.now += 301
    assert accepted(known.get()) == ("the-old-one",)
    assert fault in logs.getvalue()
    assert not [private for private in ("private", "the-old-one") if private in logs.getvalue() + str(caught.value)]


def test_functions_that_started_together_do_not_read_again_together(store: ParameterStore) -> None:
    """Parameter Store lets 40 reads a second through, of a whole account: AWS General Reference, Systems Manager."""
    store.chance = 0.5
    secrets = store.secrets(max_age=300)
    secrets.get()
    for passed, reads in ((270, 1), (1, 2)):
        store.now += passed
        secrets.get()
        assert store.reads == reads


@pytest.mark.parametrize(
    ("code", "then", "reads", "waited"),
    [
        ("ThrottlingException", None, 2, 0.5),
        ("ThrottlingException", AwsServiceError("GetParameter", "ThrottlingException"), 2, 0.5),
        ("InternalServerError", None, 1, 0.0),
    ],
)
def test_a_start_that_is_throttled_waits_a_moment_before_a_503(
    store: ParameterStore, code: str, then: Exception | None, reads: int, waited: float
) -> None:
    store.fault, store.then, store.chance = AwsServiceError("GetParameter", code), then, 0.5
    secrets, before = store.secrets(), store.now
    if then is None and reads == 2:
        assert accepted(secrets.get()) == ("the-old-one",)
    else:
        with pytest.raises(DependencyUnavailable):
            secrets.get()
    assert (store.reads, store.now - before) == (reads, waited)
