"""What the running stack answers to what it doesn't publish, and what becomes of that."""

import json

from gateway.simulator import with_wrong_secrets
from tests.e2e.make_run.up import PROVIDERS
from tests.support.outside import FIRST, Outside
from tests.support.providers import registered

RUNNING = tuple(entry for entry in registered() if entry.provider.name in PROVIDERS)


def test_wrong_or_missing_credentials_are_refused_and_leave_nothing(outside: Outside) -> None:
    before = (len(outside.inbox()), outside.quarantined())

    for entry in RUNNING:
        name = entry.provider.name
        wrong = with_wrong_secrets(outside.stack.webhooks[name].secrets, entry.sender)
        for secrets, status in ((wrong, 401), ({}, entry.expected.unsigned)):
            for body in (entry.message, b'{"broken"'):
                response = outside.post(name, body, secrets=secrets)
                assert (name, response.status_code) == (name, status)
                assert response.text != entry.accepted[2] or not response.text

    assert outside.backlog() == 0
    assert (len(outside.inbox()), outside.quarantined()) == before


def test_a_broken_body_is_acknowledged_and_kept_with_its_reason(outside: Outside) -> None:
    posted = {}
    for entry in RUNNING * 2:
        response = outside.post(entry.provider.name, entry.sender.broken[0])
        posted[entry] = response.request.content  # some carry what they are given in a body of their own
        assert (response.status_code, response.headers["content-type"], response.text) == entry.quarantined

    kept = outside.quarantined()
    bodies = [key.removesuffix("/body") for key in kept if key.endswith("/body")]
    for entry in RUNNING:
        field = entry.sender.broken[1]
        [key] = [key for key in bodies if key.startswith(f"{entry}/") and kept[f"{key}/body"] == posted[entry]]
        record = json.loads(kept[f"{key}/record.json"])
        assert record["reason"]
        assert record["field"] == field
    assert outside.backlog() == 0


def test_what_fails_or_is_too_large_is_not_acknowledged(outside: Outside) -> None:
    [entry] = [entry for entry in RUNNING if entry.provider.name == FIRST]
    with outside.configured(FIRST, QUEUE_URL=f"{outside.variables(FIRST)['QUEUE_URL']}-gone"):
        response = outside.post(FIRST, entry.message)
        assert response.status_code == 503
        assert response.text != entry.accepted[2] or not response.text
    assert outside.post(FIRST, b"x" * 262_145).status_code == 413
    assert outside.post(FIRST, entry.message).status_code == 200
