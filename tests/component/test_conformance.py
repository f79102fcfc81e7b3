"""What every provider has to pass. It takes the providers from functions/ by itself; nothing is listed here."""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from aws_client.errors import RequestNotSent
from gateway.simulator.retries import Verdict
from inbound_sms import observability
from inbound_sms.auth.secret_store import SecretStore
from tests.component.conftest import Counts
from tests.support.memory import Memory
from tests.support.parsing import parse, with_field
from tests.support.providers import Credentials, Registered, body_of, registered

pytestmark = pytest.mark.parametrize("entry", registered(), ids=str)


def answer(response: dict[str, Any]) -> tuple[int, str, str]:
    return response["statusCode"], response["headers"]["content-type"], response["body"]


def is_success(response: dict[str, Any]) -> bool:
    return 200 <= response["statusCode"] < 300 or "+OK" in response["body"]


def test_a_message_is_acknowledged_and_queued_and_a_retry_is_the_same_event_by_another_delivery(
    entry: Registered, memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    observability.flush()
    capsys.readouterr()
    receiver = memory.receiver(entry)
    for as_base64 in (True, False):  # API Gateway gives what it takes for text as text
        assert answer(receiver.handle(entry.event(as_base64=as_base64))) == entry.accepted
        observability.flush()

    assert memory.sqs.groups == [entry.provider.name] * 2, "so that a flood of one doesn't delay the others"
    first, second = map(json.loads, memory.queued())
    for event in (first, second):
        assert event["type"] == "inbound-sms.message.received.v1"
        assert event["id"] == first["id"]
        assert event["id"].startswith(f"{entry.provider.name}/")
        assert event["data"]["text"]
        assert event["data"]["authenticated_by"]
    deliveries = [event["data"]["delivery_id"] for event in (first, second)]
    assert deliveries[0] != deliveries[1]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["Accepted"], line["delivery_id"], line["event_ids"]) for line in lines] == [
        ([1.0], delivery, [first["id"]]) for delivery in deliveries
    ], "by which the log lines of each are found"
    assert memory.quarantined() == []


def test_another_text_is_another_event_only_where_messages_have_no_id(entry: Registered, memory: Memory) -> None:
    it, receiver = entry.sender.message, memory.receiver(entry)
    payload = it.new()
    for text in ("one", "two"):
        receiver.handle(entry.event(it.written(it.filled(payload, text=text))))
    first, second = (json.loads(event)["id"] for event in memory.queued())
    assert (first == second) == it.has_id, "by which the simulator and the chaos run expect a conflict"


def test_a_wrong_content_type_loses_nothing_and_parameters_of_the_right_one_do_no_harm(
    entry: Registered, memory: Memory
) -> None:
    receiver = memory.receiver(entry)
    for content_type in ("text/plain", "application/octet-stream", "", "multipart/form-data", "x" * 300):
        assert is_success(receiver.handle(entry.event(content_type=content_type))), content_type
        assert len(memory.taken()) == 1, content_type

    for suffix in ("; charset=utf-8", ";charset=UTF-8", '; charset="utf-8"; x=y', "; charset=nonsense"):
        response = receiver.handle(entry.event(content_type=entry.content_type.upper() + suffix))
        assert answer(response) == entry.accepted, suffix
        assert len(memory.taken()) == 1, suffix


def test_without_a_secret_that_can_be_read_nobody_gets_in(entry: Registered, memory: Memory) -> None:
    """503, not 401: it is our fault, and some never send again what got a 4xx."""
    receiver = memory.receiver(entry)
    name = receiver.settings.provider_parameter
    unreachable = Mock(side_effect=RequestNotSent("GetParameter", "ConnectionRefusedError"))
    down = replace(receiver, secrets=SecretStore(Mock(get_parameter=unreachable), name, 300))
    empty = memory.receiver(entry, secrets={})
    asked: tuple[Credentials, ...] = ("right", "wrong", "missing")
    answers = [down.handle(entry.event()), *(empty.handle(entry.event(credentials=each)) for each in asked)]
    memory.ssm.delete_parameter(Name=name)
    answers.append(receiver.handle(entry.event()))

    assert [response["statusCode"] for response in answers] == [503] * 5
    assert not any(map(is_success, answers))
    verdicts = {entry.sender.retries.read(each["statusCode"], each["body"].encode()) for each in answers}
    assert verdicts == {Verdict.AGAIN}
    assert (memory.queued(), memory.quarantined()) == ([], [])


def test_a_broken_body_is_quarantined_raw_with_its_reason(entry: Registered, memory: Memory) -> None:
    receiver, event = memory.receiver(entry), entry.event(entry.sender.broken[0])
    for _ in range(3):
        assert answer(receiver.handle(event)) == entry.quarantined

    [(key, body, record)] = memory.quarantined()
    assert key.startswith(f"{entry.provider.name}/")
    assert body == body_of(event)
    assert record["provider"] == entry.provider.name
    assert record["reason"]
    assert record["field"] == entry.sender.broken[1]
    assert record["received_at"]
    assert record["headers"]["content-type"] == event["headers"]["content-type"]
    assert "authorization" not in record["headers"]
    assert memory.queued() == []


def test_what_is_no_text_is_kept_as_it_came(entry: Registered, memory: Memory) -> None:
    """What else may be posted, and whatever of a message is cut out, is fuzzed (verification/fuzz)."""
    receiver = memory.receiver(entry)
    for body in (b"", b" \r\n", b"\xff\xfe\x00", b"\x00" * 100, b"[" * 100_000, b"1e999"):
        event = entry.event(body)
        assert is_success(receiver.handle(event))
        assert [raw for _, raw, _ in memory.taken()] == [body_of(event)]


def test_an_unknown_kind_of_callback_is_published_as_unknown_or_kept(
    entry: Registered, memory: Memory, counts: Counts
) -> None:
    receiver = memory.receiver(entry)
    if "unknown" not in entry.sender.callbacks:  # of a provider that has a single kind, whatever is not of that kind
        assert answer(receiver.handle(entry.event(b"hologram=1"))) == entry.quarantined
        assert [body for _, body, _ in memory.quarantined()] == [b"hologram=1"]
        assert memory.queued() == []
        return
    for _ in range(2):
        assert answer(receiver.handle(entry.event(callback="unknown"))) == entry.accepted

    first, second = map(json.loads, memory.queued())
    assert first["type"] == "inbound-sms.unknown.v1"
    assert first["id"] == second["id"]
    payload = first["data"]["provider_payload"]
    assert entry.sender.callbacks["unknown"].documented in (payload, [payload]), "whole, or the item of an array"
    assert memory.quarantined() == []
    assert counts() == {"Accepted": 2, "Unknown": 2}, "there is an alarm on what is unknown"


def test_no_credential_gets_into_an_event(entry: Registered, memory: Memory) -> None:
    """Some send our URL, and so the secret in it, along with every message."""
    own = entry.local_secret()
    for secret in {own, entry.signed(entry.post()).headers.get("Authorization", own)}:
        url = f"https://example.com/{secret}/x"
        body = with_field(entry.message, parse(entry.provider.name, entry.message, entry.content_type), our_url=url)
        assert answer(memory.receiver(entry).handle(entry.event(body))) == entry.accepted

        [event] = map(json.loads, memory.queued())
        payload = json.dumps(event["data"].pop("provider_payload"))
        assert secret not in json.dumps(event)
        assert "https://example.com/" in payload
        assert entry.kind != "path_secret" or secret not in payload
