"""No text, number or secret is in a log of the running stack or in an answer, whatever was posted."""

from collections.abc import Iterator

import httpx

from tests.support.canary_values import CanaryValues
from tests.support.outside import Outside
from tests.support.parsing import parse
from tests.support.providers import Registered, registered
from tests.support.stacks import IMPATIENT

JSON = "application/json"
NOT_OURS = "not an event of the gateway"


def posted(outside: Outside, entry: Registered, canaries: CanaryValues) -> Iterator[httpx.Response]:
    """Post down several paths: stored, duplicate, refused, quarantined, unknown, too large."""
    name, case = entry.provider.name, entry.case
    body = canaries.put_into(case.message, parse(name, case.message, case.content_type))
    webhook = outside.stack.webhooks[name]
    host = {"Host": webhook.headers["Host"]}
    wrong, text = canaries.secret("wrong secret"), canaries.text("text")
    for _ in range(2):
        yield outside.post(name, body, case.content_type)
    in_path = "Authorization" not in webhook.headers
    url = f"{webhook.url.rpartition('/')[0]}/{wrong}" if in_path else f"{webhook.url}?q={wrong}"
    yield outside.post(name, body, case.content_type, headers={**host, "Authorization": f"Bearer {wrong}"}, url=url)
    yield outside.post(name, body[: len(body) // 2], case.content_type)
    yield outside.post(name, f'{{"{text}": "'.encode(), JSON)
    yield outside.post(name, f'{{"type": "{text}", "eventType": "x", "namespace": "{text}"}}'.encode(), JSON)
    yield outside.post(name, body * (262_144 // len(body) + 1), case.content_type)


def test_no_mark_is_in_a_log_or_an_answer(impatient: Outside) -> None:
    canaries = CanaryValues()
    secrets = {canaries.add("secret", each) for each in secrets_of(impatient)}

    answers = [each for entry in registered() for each in posted(impatient, entry, canaries)]
    sqs, stray = impatient.boto("sqs"), f"not ours: {canaries.text('queued text')}"
    before = sum(NOT_OURS in line for line in impatient.logged())
    sqs.send_message(QueueUrl=impatient.stack.queues.events, MessageBody=stray)
    impatient.wait_until(
        lambda: impatient.backlog() == 1 and sum(NOT_OURS in line for line in impatient.logged()) > before
    )
    sqs.purge_queue(QueueUrl=impatient.stack.queues.events)  # it would come back for a minute, and say the same

    assert {answer.status_code for answer in answers} == {200, 401, 413}
    assert len(secrets) == len(registered())
    logged = impatient.logged()
    assert any('"published"' in line for line in logged)
    assert any('"duplicate dropped"' in line for line in logged)
    assert any('"quarantined"' in line for line in logged)
    assert canaries.found_in("\n".join(logged)) == set()
    assert canaries.found_in("\n".join(f"{answer.headers} {answer.text}" for answer in answers)) == set()
    printed = (IMPATIENT / "engine.log").read_text()
    assert canaries.found_in(printed) == set(), "what the functions print is there, too"


def secrets_of(outside: Outside) -> list[str]:
    """Return the secret that each provider signs in with."""
    return [
        webhook.headers["Authorization"].split()[-1]
        if "Authorization" in webhook.headers
        else webhook.url.rpartition("/")[2]
        for webhook in outside.stack.webhooks.values()
    ]
