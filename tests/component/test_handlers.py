"""The Lambda handlers as Lambda runs them: configured by the environment, made ready while the module is imported."""

import gc
import importlib
import io
import json
import sys
from typing import Any

import pytest

import aws_client
from aws_client.errors import RequestNotSent
from inbound_sms import observability
from inbound_sms.auth import secret_store as secrets
from tests.support.faults import raising
from tests.support.providers import Registered, registered
from tests.support.world import World

PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.provider.name)


@pytest.fixture
def environment(aws: World, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What template.yaml gives every provider's function, but for its parameter."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "a-function")
    monkeypatch.setenv("QUEUE_URL", aws.queue_url)
    monkeypatch.setenv("QUARANTINE_BUCKET", aws.bucket)
    monkeypatch.setattr(observability, "_own", {})
    monkeypatch.setenv("PAYLOADS_BUCKET", aws.payloads)
    aws.stands_in(monkeypatch)
    return monkeypatch


def start(entry: Registered) -> Any:
    """Imports the provider's module anew, as a cold start does; gives its handler."""
    before = sys.modules.pop(f"{entry.module}_webhook")
    try:
        return importlib.import_module(f"{entry.module}_webhook").handler
    finally:
        sys.modules[f"{entry.module}_webhook"] = before


@PROVIDERS
def test_a_cold_start_reads_the_secrets_and_the_handler_answers(
    entry: Registered, aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"/inbound-sms/test/{entry.provider.name}"
    environment.setenv("PROVIDER_PARAMETER", name)
    aws.put_secrets(name, entry.case.secrets)
    handler = start(entry)
    aws.ssm.delete_parameter(Name=name)  # what was read while starting is enough

    response = handler(entry.event(), None)

    assert (response["statusCode"], response["body"]) == (entry.case.accepted[0], entry.case.accepted[2])
    assert response["isBase64Encoded"] is False
    [event] = map(json.loads, aws.queued())
    [metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert metric["Accepted"] == [1.0]
    assert metric["provider"] == entry.provider.name
    assert metric["delivery_id"] == event["data"]["delivery_id"]
    assert len(metric["event_ids"]) == 1


@PROVIDERS
def test_a_missing_setting_is_named_and_answered_with_503(
    entry: Registered, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    environment.delenv("PROVIDER_PARAMETER", raising=False)
    handler = start(entry)

    response = handler(entry.event(), None)

    assert response["statusCode"] == 503
    assert "+OK" not in response["body"]
    assert "PROVIDER_PARAMETER" in logs.getvalue()
    [metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert metric["Failed"] == [1.0]


@PROVIDERS
def test_a_mistake_in_the_environment_of_the_aws_client_is_named_and_answered_with_503(
    entry: Registered, environment: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    environment.setenv("PROVIDER_PARAMETER", "/any")
    environment.setattr(aws_client, "ssm", aws_client.Ssm)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        environment.delenv(name, raising=False)

    response = start(entry)(entry.event(), None)

    assert response["statusCode"] == 503
    messages = [(line["message"], line["cause"]) for line in map(json.loads, logs.getvalue().splitlines())]
    cause = "AWS_REGION is missing from the environment, or is not a region"
    assert messages == [
        ("not ready: every request will be answered with 503 until this is mended", cause),
        ("setup is wrong, the request was answered with 503", cause),
    ]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            RequestNotSent("GetParameter", "ConnectionRefusedError"),
            "unavailable (RequestNotSent ConnectionRefusedError GetParameter)",
        ),
        (RuntimeError("a text that must not be told"), "RuntimeError"),
    ],
)
@PROVIDERS
def test_what_fails_while_it_starts_is_told_and_the_first_request_tries_again(
    entry: Registered, aws: World, environment: pytest.MonkeyPatch, logs: io.StringIO, *, fault: Exception, told: str
) -> None:
    name = f"/inbound-sms/test/{entry.provider.name}"
    environment.setenv("PROVIDER_PARAMETER", name)
    environment.setattr(secrets, "_OUTAGE_SECONDS", 0)
    aws.put_secrets(name, entry.case.secrets)
    client = raising("ssm", "GetParameter", fault, times=1)
    environment.setattr(aws_client, "ssm", lambda: client)

    handler = start(entry)

    [line] = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert line["message"].startswith("not ready")
    assert told in line["cause"]
    assert "must not be told" not in logs.getvalue()
    assert handler(entry.event(), None)["statusCode"] == entry.case.accepted[0]


@PROVIDERS
def test_a_cold_start_connects_to_the_queue(entry: Registered, aws: World, environment: pytest.MonkeyPatch) -> None:
    """So that the first message doesn't wait for it."""
    name = f"/inbound-sms/test/{entry.provider.name}"
    environment.setenv("PROVIDER_PARAMETER", name)
    aws.put_secrets(name, entry.case.secrets)
    connected: list[Any] = []
    environment.setattr(aws_client, "connect", lambda *clients: connected.extend(clients))

    start(entry)

    assert connected == [aws.sqs]


@PROVIDERS
def test_after_a_cold_start_garbage_is_collected_again(
    entry: Registered, aws: World, environment: pytest.MonkeyPatch
) -> None:
    """Although it fails, for want of a parameter: what it leaves behind would stay for as long as the instance."""
    gc.disable()
    try:
        start(entry)
        assert gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()


@PROVIDERS
def test_a_parameter_that_comes_later_is_found(entry: Registered, aws: World, environment: pytest.MonkeyPatch) -> None:
    name = f"/inbound-sms/test/{entry.provider.name}"
    environment.setenv("PROVIDER_PARAMETER", name)
    environment.setattr(secrets, "_SHORTEST_AGE_SECONDS", 0)  # in place of ten seconds
    handler = start(entry)
    assert handler(entry.event(), None)["statusCode"] == 503

    aws.put_secrets(name, entry.case.secrets)
    assert handler(entry.event(), None)["statusCode"] == entry.case.accepted[0]


@PROVIDERS
def test_every_start_without_authentication_warns_and_so_does_every_new_look(
    entry: Registered, aws: World, environment: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    name = f"/inbound-sms/test/{entry.provider.name}"
    environment.setenv("PROVIDER_PARAMETER", name)
    environment.setenv("SECRETS_MAX_AGE_SECONDS", "0")
    aws.put_secrets(name, {"authentication": "none"})

    def warnings() -> list[str]:
        lines = [json.loads(line) for line in logs.getvalue().splitlines()]
        return [line["parameter"] for line in lines if "authentication is none" in line["message"]]

    for starts in (1, 2):
        handler = start(entry)
        assert warnings() == [name] * starts
    handler = start(entry)
    for requests in (1, 2):
        assert handler(entry.event(credentials="missing"), None)["statusCode"] == entry.case.accepted[0]
        assert warnings() == [name] * (3 + requests)
    assert {json.loads(event)["data"]["authenticated_by"] for event in aws.queued()} == {"none"}


@PROVIDERS
def test_a_start_with_a_parameter_that_lets_nobody_in_says_so(
    entry: Registered, aws: World, environment: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    name = f"/inbound-sms/test/{entry.provider.name}"
    environment.setenv("PROVIDER_PARAMETER", name)
    aws.put_secrets(name, {"source_ips": ["192.0.2.1"]})

    start(entry)

    assert "no secret configured: the parameter holds none for " in logs.getvalue()
