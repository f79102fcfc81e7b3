"""What the running stack answers to what it doesn't publish, and what becomes of that."""

import json

import httpx
import pytest

from gateway.paths import TEMPLATE
from gateway.simulator import with_wrong_secrets
from gateway.template import load, rows
from tests.support.outside import FIRST, Outside
from tests.support.providers import Registered, registered
from tests.support.stacks import NOT_CHOSEN

PROVIDERS = pytest.mark.parametrize("entry", registered(), ids=repr)


@PROVIDERS
def test_wrong_or_missing_credentials_are_refused_and_leave_nothing(entry: Registered, outside: Outside) -> None:
    name = entry.provider.name
    before = (len(outside.inbox()), outside.quarantined())

    wrong = with_wrong_secrets(outside.stack.webhooks[name].secrets, entry.sender)
    for secrets, status in ((wrong, 401), ({}, entry.expected.unsigned)):
        for body in (entry.message, b'{"broken"'):
            response = outside.post(name, body, secrets=secrets)
            assert response.status_code == status
            assert response.text != entry.accepted[2]

    assert outside.backlog() == 0
    assert (len(outside.inbox()), outside.quarantined()) == before


@PROVIDERS
def test_a_broken_body_is_acknowledged_and_kept_with_its_reason(entry: Registered, outside: Outside) -> None:
    body, field = entry.sender.broken
    for _ in range(2):
        response = outside.post(entry.provider.name, body)
        assert (response.status_code, response.headers["content-type"], response.text) == entry.quarantined

    kept = {key: value for key, value in outside.quarantined().items() if key.startswith(f"{entry.provider.name}/")}
    [key] = [key.removesuffix("/body") for key, value in kept.items() if key.endswith("/body") and value == body]
    record = json.loads(kept[f"{key}/record.json"])
    assert record["reason"]
    assert record["field"] == field
    assert outside.backlog() == 0


def test_what_fails_or_is_too_large_is_not_acknowledged(outside: Outside) -> None:
    [entry] = [entry for entry in registered() if entry.provider.name == FIRST]
    with outside.configured(FIRST, QUEUE_URL=f"{outside.variables(FIRST)['QUEUE_URL']}-gone"):
        response = outside.post(FIRST, entry.message)
        assert response.status_code == 503
        assert response.text != entry.accepted[2]
    assert outside.post(FIRST, b"x" * 262_145).status_code == 413
    assert outside.post(FIRST, entry.message).status_code == 200


def test_a_provider_that_is_not_chosen_has_no_webhook(impatient: Outside) -> None:
    names = {prefix: row["Name"] for prefix, row in rows(load(TEMPLATE)).items()}
    absent = names.pop(NOT_CHOSEN)
    assert impatient.stack.webhooks.keys() == set(names.values())
    webhook = impatient.stack.webhooks[FIRST]
    url = webhook.address.removesuffix(FIRST) + absent
    assert httpx.post(url, headers=webhook.headers, content="{}", timeout=30).status_code == 404
