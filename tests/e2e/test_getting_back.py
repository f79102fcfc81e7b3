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
from tests.support.batch_reports import batch_report
from tests.support.outside import Outside
from tests.support.providers import compact, sample
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


def mo_text(own_id: str, text: str) -> bytes:
    return compact(json.loads(sample("sinch/mo_text_docs.json")) | {"id": own_id, "body": text})


def test_after_the_fix_a_quarantined_text_reaches_subscribers_once(
    outside: Outside, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    function = outside.stack.functions["sinch"]
    lambda_ = boto("lambda")
    variables = lambda_.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "MAX_EVENT_BYTES": "500"}}
    )
    try:  # the fault: nothing fits
        assert outside.post("sinch", mo_text("replayed", "hello"), JSON).json() == {"status": "quarantined"}
        chosen = ("--provider", "sinch", "--reason", "too large")
        assert gateway("quarantine", "replay", "--execute", *chosen, status=1)["results"][0]["outcome"] == "unreadable"
    finally:  # the fix
        lambda_.update_function_configuration(FunctionName=function, Environment={"Variables": variables})

    [kept] = gateway("quarantine", "list", *chosen)
    objects = {key: body for key, body in outside.quarantined().items() if key.startswith(kept["key"])}
    for number in range(2):
        answer = gateway("quarantine", "replay", "--execute", *chosen)
        [result] = answer["results"]
        assert (result["outcome"], result["event_ids"]) == ("accepted", ["sinch/replayed"])
        assert not [key for key in outside.quarantined() if key.startswith(kept["key"])]
        [event] = outside.events_with("sinch/replayed")
        assert event["data"]["text"] == "hello"
        if number == 0:  # as if the first run had ended before it deleted
            for key, body in objects.items():
                boto("s3").put_object(Bucket=outside.stack.quarantine_bucket, Key=key, Body=body)


def test_a_text_under_an_id_that_was_taken_reaches_subscribers_under_its_own(
    outside: Outside, gateway: Callable[..., Any]
) -> None:
    outside.post("sinch", mo_text("taken", "the first text"), JSON)
    assert len(outside.events_with("sinch/taken")) == 1
    outside.post("sinch", mo_text("taken", "another text"), JSON)
    chosen = ("--reason", "id conflict")
    outside.wait_until(lambda: len(gateway("quarantine", "list", *chosen)) == 1)

    [result] = gateway("quarantine", "replay", "--execute", *chosen)["results"]

    [event_id] = result["event_ids"]
    assert event_id.startswith("sinch/taken#conflict-")
    [event] = outside.events_with(event_id)
    assert event["data"]["text"] == "another text"
    assert gateway("quarantine", "replay", "--execute", *chosen)["results"] == []
    assert len(outside.events_with("sinch/taken")) == 1


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


def test_a_report_of_ten_thousand_recipients_arrives_and_its_payload_is_where_it_says(
    outside: Outside, boto: Callable[[str], Any]
) -> None:
    report = batch_report(10_000)
    assert outside.post("sinch", compact(report), JSON).json() == {"status": "accepted"}

    outside.wait_until(lambda: any(large(event) for event in outside.inbox("delivery")))
    [event] = [event for event in outside.inbox("delivery") if large(event)]
    assert event["data"]["counts"][0]["recipients"] == report["statuses"][0]["recipients"]
    reference = event["data"]["provider_payload_ref"]
    assert reference["bucket"] == outside.stack.payloads_bucket
    payload = boto("s3").get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"].read()
    assert (len(payload), hashlib.sha256(payload).hexdigest()) == (reference["bytes"], reference["sha256"])
    assert json.loads(payload) == report


def large(event: dict[str, Any]) -> bool:
    return "provider_payload_ref" in event["data"]
