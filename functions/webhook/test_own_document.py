"""A document in Parameter Store: read like the secrets, and no open door where it is wrong."""

import io
import json
from typing import Any

import pytest

import aws_client
import webhook_webhook
from tests.support.deployed import imported_anew
from tests.support.providers import registered
from tests.support.world import World

ENTRY, *_ = (entry for entry in registered() if entry.sender.document)
SECRETS = "/inbound-sms/test/webhook"
DOCUMENT = f"{SECRETS}/document"


@pytest.fixture
def handler(aws: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the handler as Lambda starts it while there is no document; it reads parameters with every request."""
    for name, value in {
        "AWS_LAMBDA_FUNCTION_NAME": "a-function",
        "QUEUE_URL": aws.queue_url,
        "QUARANTINE_BUCKET": aws.bucket,
        "PAYLOADS_BUCKET": aws.payloads,
        "PROVIDER_PARAMETER": SECRETS,
        "SECRETS_MAX_AGE_SECONDS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    aws.stands_in(monkeypatch)
    monkeypatch.setattr(aws_client, "connect", lambda *_clients: None)
    monkeypatch.setattr("inbound_sms.auth.secret_store._MIN_AGE_SECONDS", -1)
    aws.put_secrets(SECRETS, ENTRY.secrets)
    return imported_anew("webhook_webhook").handler


def put(aws: World, document: str) -> None:
    aws.ssm.put_parameter(Name=DOCUMENT, Value=document, Type="String", Overwrite=True)


def test_without_a_document_nobody_gets_in_and_a_new_one_is_in_force_by_itself(
    handler: Any, aws: World, logs: io.StringIO
) -> None:
    answers = [handler(ENTRY.event(), None)["statusCode"]]
    put(aws, "[message]\nid = 7")
    answers.append(handler(ENTRY.event(), None)["statusCode"])
    assert answers == [503, 503]
    assert f"parameter {DOCUMENT} does not exist" in logs.getvalue()
    assert f"parameter {DOCUMENT}: message.id: neither a text nor a list of texts" in logs.getvalue()
    assert aws.queued() == []

    aws.put_document(SECRETS, ENTRY)
    assert handler(ENTRY.event(), None)["body"] == '{"ok":true}'
    assert handler(ENTRY.event(credentials="wrong"), None)["statusCode"] == 401
    [event] = map(json.loads, aws.queued())
    assert event["id"] == "webhook/m-1"

    put(aws, "message")  # broken now: the one before stays in force
    assert handler(ENTRY.event(), None)["statusCode"] == 200
    assert "documents could not be refreshed, the last known ones are used" in logs.getvalue()
    other = ENTRY.sender.document.read_text().replace('{"ok":true}', "fine")  # type: ignore[union-attr]
    put(aws, other)
    assert handler(ENTRY.event(), None)["body"] == "fine"

    aws.ssm.delete_parameter(Name=DOCUMENT)
    assert handler(ENTRY.event(), None)["statusCode"] == 503


def test_every_preset_is_a_document_of_its_own_name() -> None:
    names = {path.stem for path in webhook_webhook._PRESETS.glob("*.toml")}
    known = {entry.provider.name for entry in registered() if entry.module == "webhook_webhook"}
    assert known - names == {"webhook", "webhook-2"}
    assert names <= known
