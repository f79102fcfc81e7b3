"""No text, number or secret is in a log of the running stack or in an answer, whatever was posted."""

from collections.abc import Iterator
from typing import Any

import httpx

from gateway.simulator import Post, with_wrong_secrets
from gateway.simulator.credentials import KEPT_BY_PROVIDER
from tests.e2e.conftest import WORK
from tests.support.canary_values import CanaryValues
from tests.support.outside import Outside
from tests.support.parsing import parse
from tests.support.providers import Registered, registered
from tests.support.signing import parameter

JSON = "application/json"
NOT_OURS = "not an event of the gateway"


def posted(outside: Outside, entry: Registered, canaries: CanaryValues) -> Iterator[httpx.Response]:
    """Post down several paths: stored, duplicate, refused, quarantined, unknown, too large."""
    name = entry.provider.name
    body = canaries.put_into(entry.message, parse(name, entry.message, entry.content_type))
    wrong, text = canaries.secret("wrong secret"), canaries.text("text")
    for _ in range(2):
        yield outside.post(name, body)
    headers = {"Authorization": f"Bearer {wrong}", "Content-Type": entry.content_type}
    if entry.sender.key_pairs:  # no other secret than these signs for it
        own = with_wrong_secrets(outside.stack.webhooks[name].secrets, entry.sender)
    else:
        own = parameter(entry.sender, entry.kind, [wrong])
    for secrets in ({"path_secret": [wrong]}, own):
        yield outside.send(name, lambda url: Post(f"{url}?q={wrong}", headers, body), secrets)
    yield outside.post(name, body[: len(body) // 2])
    yield outside.post(name, f'{{"{text}": "'.encode(), JSON)
    yield outside.post(name, f'{{"type": "{text}", "eventType": "x", "namespace": "{text}"}}'.encode(), JSON)
    yield outside.post(name, body * (262_144 // len(body) + 1))


def test_no_mark_is_in_a_log_or_an_answer(outside: Outside) -> None:
    canaries = CanaryValues()
    there = [entry for entry in registered() if entry.provider.name in outside.stack.webhooks]
    secrets = {canaries.add("secret", each) for each in secrets_of(outside)}

    answers = [each for entry in there for each in posted(outside, entry, canaries)]
    sqs, stray = outside.boto("sqs"), f"not ours: {canaries.text('queued text')}"
    before = sum(NOT_OURS in line for line in outside.logged())
    sqs.send_message(QueueUrl=outside.stack.queues.events, MessageBody=stray)
    outside.wait_until(lambda: outside.backlog() == 1 and sum(NOT_OURS in line for line in outside.logged()) > before)
    sqs.purge_queue(QueueUrl=outside.stack.queues.events)  # it would come back for a minute, and say the same

    assert {answer.status_code for answer in answers} == {200, 401, 413}
    assert len(secrets) >= sum(entry.kind not in KEPT_BY_PROVIDER for entry in there)
    logged = outside.logged()
    assert any('"published"' in line for line in logged)
    assert any('"duplicate dropped"' in line for line in logged)
    assert any('"quarantined"' in line for line in logged)
    assert canaries.found_in("\n".join(logged)) == set()
    assert canaries.found_in("\n".join(f"{answer.headers} {answer.text}" for answer in answers)) == set()
    printed = [line for line in (WORK / "engine.log").read_text().splitlines() if "[ses]" not in line]  # its mails
    assert canaries.found_in("\n".join(printed)) == set(), "what the functions print is there, too"


def secrets_of(outside: Outside) -> list[str]:
    """Return all that proves who the providers are, but for the secrets of events/, which hold the providers' names."""
    held = [pair for webhook in outside.stack.webhooks.values() for pair in webhook.secrets.items()]
    found = [each for kind, values in held if kind not in KEPT_BY_PROVIDER for each in values_in(values)]
    return [each for each in found if "local-only" not in each]


def values_in(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held.split()[-1]
    elif isinstance(held, list | dict):
        for name, each in held.items() if isinstance(held, dict) else enumerate(held):
            yield from values_in(each) if name not in {"username", "name", "client_id"} else ()
