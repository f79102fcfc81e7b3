"""The Lambda handlers as Lambda runs them: configured by the environment, made ready while the module is imported."""

import gc
import io
import json
from typing import Any

import pytest

import aws_client
from aws_client.errors import RequestNotSent
from inbound_sms import observability
from inbound_sms.auth import secret_store as secrets
from inbound_sms.webhook.handler import webhook
from tests.support.acme.sender import ACME_ENTRY
from tests.support.faults import failing
from tests.support.world import World

PARAMETER = "/inbound-sms/test/acme"


@pytest.fixture
def environment(aws: World, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set what template.yaml gives a provider's function, and write Acme's parameter."""
    for name, value in {
        "AWS_LAMBDA_FUNCTION_NAME": "a-function",
        "QUEUE_URL": aws.queue_url,
        "QUARANTINE_BUCKET": aws.bucket,
        "PAYLOADS_BUCKET": aws.payloads,
        "PROVIDER_PARAMETER": PARAMETER,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(observability, "_dimensions", {})
    aws.put_secrets(PARAMETER, ACME_ENTRY.secrets)
    aws.stands_in(monkeypatch)
    return monkeypatch


def lines_in(logs: io.StringIO) -> list[Any]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


def metric_in(capsys: pytest.CaptureFixture[str]) -> Any:
    [metric] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return metric


def test_a_cold_start_reads_the_secrets_and_the_handler_answers(
    aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That the modules of all functions make such a handler is shown on their paths (test_privacy)."""
    connected: list[Any] = []
    environment.setattr(aws_client, "connect", lambda *clients: connected.extend(clients))
    environment.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    handler = webhook(ACME_ENTRY.provider)
    assert connected == [aws.sqs], "the first message need not wait for it"
    aws.ssm.delete_parameter(Name=PARAMETER)  # what was read while starting is enough

    assert handler(ACME_ENTRY.event(), None) == {
        "statusCode": 200,
        "headers": {"content-type": "text/xml"},
        "body": "<ok>POST</ok>",
        "isBase64Encoded": False,
    }
    [event] = map(json.loads, aws.queued())
    assert event["traceparent"] == "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
    metric = metric_in(capsys)
    assert (metric["Accepted"], metric["provider"]) == ([1.0], "acme")
    assert (metric["delivery_id"], metric["event_ids"]) == (event["data"]["delivery_id"], [event["id"]])


@pytest.mark.parametrize("variable", ["PROVIDER_PARAMETER", "AWS_REGION"])
def test_a_missing_setting_is_named_and_answered_with_503(
    variable: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    """And garbage is collected again, though the start failed: what it leaves would stay as long as the instance."""
    environment.setattr(aws_client, "ssm", aws_client.Ssm)
    for name in (variable, "AWS_DEFAULT_REGION"):
        environment.delenv(name, raising=False)
    gc.disable()
    try:
        handler = webhook(ACME_ENTRY.provider)
        assert gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()

    assert handler(ACME_ENTRY.event(), None)["statusCode"] == 503
    started, answered = lines_in(logs)
    assert started["message"].startswith("not ready:")
    assert answered["message"] == "invalid configuration, answered with 503"
    assert variable in started["cause"]
    assert variable in answered["cause"]
    assert metric_in(capsys)["Failed"] == [1.0]


UNREACHABLE = RequestNotSent("GetParameter", "ConnectionRefusedError")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (UNREACHABLE, "unavailable (RequestNotSent ConnectionRefusedError GetParameter)"),
        (RuntimeError("a text that must not be told"), "RuntimeError"),
    ],
)
def test_what_fails_while_it_starts_is_told_and_the_first_request_tries_again(
    environment: pytest.MonkeyPatch, logs: io.StringIO, fault: Exception, told: str
) -> None:
    environment.setattr(secrets, "_OUTAGE_SECONDS", 0)
    client = failing("ssm", "GetParameter", fault, times=1)
    environment.setattr(aws_client, "ssm", lambda: client)

    handler = webhook(ACME_ENTRY.provider)

    [line] = lines_in(logs)
    assert line["message"].startswith("not ready")
    assert told in line["cause"]
    assert "must not be told" not in logs.getvalue()
    assert handler(ACME_ENTRY.event(), None)["statusCode"] == 200


def test_every_start_that_lets_nobody_or_everybody_in_says_so_and_so_does_every_new_look(
    aws: World, environment: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    aws.put_secrets(PARAMETER, {"source_ips": ["192.0.2.1"]})
    webhook(ACME_ENTRY.provider)
    assert "no secret configured: the parameter holds none for " in logs.getvalue()
    topic = {"sns_topic": ["arn:aws:sns:eu-west-1:123456789012:a-topic"], "require": ["sns_topic"]}
    aws.put_secrets(PARAMETER, topic | ACME_ENTRY.secrets)
    webhook(ACME_ENTRY.provider)
    assert "require asks for sns_topic, but this provider authenticates by basic or " in logs.getvalue()

    environment.setenv("SECRETS_MAX_AGE_SECONDS", "0")
    aws.put_secrets(PARAMETER, {"authentication": "none"})

    def warnings() -> list[str]:
        return [line["parameter"] for line in lines_in(logs) if "authentication is none" in line["message"]]

    for starts in (1, 2):
        handler = webhook(ACME_ENTRY.provider)
        assert warnings() == [PARAMETER] * starts
    for requests in (1, 2):
        assert handler(ACME_ENTRY.event(credentials="missing"), None)["statusCode"] == 200
        assert warnings() == [PARAMETER] * (2 + requests)
    assert {json.loads(event)["data"]["authenticated_by"] for event in aws.queued()} == {"none"}
