"""What holds for every test: a fake account, and AWS in memory for whoever asks for it."""

import io
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from inbound_sms.observability import logger, metrics
from tests.support.memory import Memory, in_memory
from tests.support.quicker import keep_what_is_slow_to_make
from tests.support.world import World, world

# How long properties are looked at: a little in every run, longer in CI. Very long, and by coverage: `make fuzz`.
_COMMON: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=300, **_COMMON)
settings.register_profile("ci", max_examples=600, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "quick"))


def pytest_configure() -> None:
    keep_what_is_slow_to_make()


@pytest.fixture(scope="session", autouse=True)
def _no_real_account() -> Iterator[None]:
    """No test may find real credentials, whatever the environment holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _nothing_is_counted_yet() -> None:
    """Discard what another test counted and didn't flush: Powertools keeps a hundred counts at most."""
    metrics.clear_metrics()
    metrics.default_dimensions.clear()


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Return what the functions log while the test runs."""
    stream = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.fixture
def memory() -> Memory:
    """Return what a webhook works on, without moto: for what is run for every provider."""
    return in_memory()


@pytest.fixture
def aws() -> Iterator[World]:
    """AWS as far as the functions use it, in this process."""
    with world() as made:
        yield made
