"""What was set aside or given up gets back, by the commands that an operator types, on the running stack."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.paths import ROOT
from tests.support.outside import Outside
from tests.support.providers import compact, those
from tests.support.queued import Queued

JSON = "application/json"


@pytest.fixture
def gateway(outside: Outside, tmp_path: Path) -> Callable[..., Any]:
    """Types a command, gives what it prints in JSON."""
    outside.stack.write(tmp_path / "stack.json")

    def run(*words: str, status: int = 0) -> Any:
        command = [sys.executable, "-m", "gateway", *words, f"--work={tmp_path}", "--json"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == status, ended.stderr
        return json.loads(ended.stdout)

    return run


# Some provider that gives ids of its own, and keeps them in JSON where the test can set them.
ENTRY = those(lambda entry: entry.sender.message.content_type == JSON and "id" in entry.sender.message.identity)[0]
NAME = ENTRY.provider.name


def text(own_id: str, words: str) -> bytes:
    message = ENTRY.sender.message
    return message.written(message.filled({**message.new(), "id": own_id}, text=words))


def test_after_the_fix_a_quarantined_text_reaches_subscribers_once(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    function = outside.stack.functions[NAME]
    lambda_ = boto("lambda")
    variables = lambda_.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "MAX_EVENT_BYTES": "500"}}
    )
    try:  # the fault: nothing fits
        assert outside.post(NAME, text("replayed", "hello"), JSON).text == ENTRY.quarantined[2]
        chosen = ("--provider", NAME, "--reason", "too large")
        assert gateway("quarantine", "replay", "--execute", *chosen, status=1)["results"][0]["outcome"] == "unreadable"
    finally:  # the fix
        lambda_.update_function_configuration(FunctionName=function, Environment={"Variables": variables})

    [kept] = gateway("quarantine", "list", *chosen)
    objects = {key: body for key, body in outside.quarantined().items() if key.startswith(kept["key"])}
    for number in range(2):
        answer = gateway("quarantine", "replay", "--execute", *chosen)
        [result] = answer["results"]
        assert (result["outcome"], result["event_ids"]) == ("accepted", [f"{NAME}/replayed"])
        assert not [key for key in outside.quarantined() if key.startswith(kept["key"])]
        [event] = outside.events_with(f"{NAME}/replayed")
        assert event["data"]["text"] == "hello"
        if number == 0:  # as if the first run had ended before it deleted
            for key, body in objects.items():
                boto("s3").put_object(Bucket=outside.stack.quarantine_bucket, Key=key, Body=body)


def test_a_text_under_an_id_that_was_taken_reaches_subscribers_under_its_own(
    outside: Outside, gateway: Callable[..., Any]
) -> None:
    outside.post(NAME, text("taken", "the first text"), JSON)
    assert len(outside.events_with(f"{NAME}/taken")) == 1
    outside.post(NAME, text("taken", "another text"), JSON)
    chosen = ("--reason", "id conflict")
    outside.wait_until(lambda: len(gateway("quarantine", "list", *chosen)) == 1)

    [result] = gateway("quarantine", "replay", "--execute", *chosen)["results"]

    [event_id] = result["event_ids"]
    assert event_id.startswith(f"{NAME}/taken#conflict-")
    [event] = outside.events_with(event_id)
    assert event["data"]["text"] == "another text"
    assert gateway("quarantine", "replay", "--execute", *chosen)["results"] == []
    assert len(outside.events_with(f"{NAME}/taken")) == 1


def test_dead_letters_get_back_and_what_was_published_is_not_published_again(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    before, given_up = Queued("e2e-published-before"), Queued("e2e-given-up")
    boto("sqs").send_message(QueueUrl=outside.stack.queues.events, MessageBody=before.document)
    assert len(outside.events_with(before.event_id)) == 1
    for each in (before, given_up):
        boto("sqs").send_message(QueueUrl=outside.stack.queues.dead_letters, MessageBody=each.document)

    assert {each["event_id"] for each in gateway("dlq", "list")} == {before.event_id, given_up.event_id}
    assert gateway("dlq", "redrive") == {"executed": False, "found": 2, "moved": 0}
    assert gateway("dlq", "redrive", "--execute") == {"executed": True, "found": 2, "moved": 2}
    assert gateway("dlq", "redrive", "--execute") == {"executed": True, "found": 0, "moved": 0}

    for each in (given_up, before):
        [event] = outside.events_with(each.event_id)
        assert event["data"]["delivery_id"] == each.delivery


def test_the_payload_of_an_event_that_is_too_large_is_where_the_event_says(
    outside: Outside, boto: Callable[[str], Any]
) -> None:
    payload = {**ENTRY.sender.message.new(), "id": "large", "more": ["x" * 99] * 2_400}
    assert outside.post(NAME, compact(payload), JSON).text == ENTRY.accepted[2]

    [event] = outside.events_with(f"{NAME}/large")
    assert event["data"]["provider_payload"] is None
    reference = event["data"]["provider_payload_ref"]
    assert reference["bucket"] == outside.stack.payloads_bucket
    stored = boto("s3").get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"].read()
    assert (len(stored), hashlib.sha256(stored).hexdigest()) == (reference["bytes"], reference["sha256"])
    assert json.loads(stored) == payload
