"""What every provider has to pass. It takes the providers from functions/ by itself; nothing is listed here."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from aws_client import S3, Sqs, Ssm
from inbound_sms import observability
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from tests.component.conftest import Counts
from tests.support.clients import made
from tests.support.parsing import parse, with_field
from tests.support.providers import Registered, registered
from tests.support.signing import SIGNINGS
from tests.support.world import World

UNREACHABLE = "http://127.0.0.1:9"  # the discard port: nothing listens there

pytestmark = pytest.mark.parametrize("entry", registered(), ids=str)


def answer(response: dict[str, Any]) -> tuple[int, str, str]:
    return response["statusCode"], response["headers"]["content-type"], response["body"]


def is_success(response: dict[str, Any]) -> bool:
    return 200 <= response["statusCode"] < 300 or "+OK" in response["body"]


def with_ingestor(receiver: WebhookHandler, **parts: Any) -> WebhookHandler:
    """Return the webhook with a part of its ingestor replaced."""
    return replace(receiver, ingestor=replace(receiver.ingestor, **parts))


@pytest.fixture(scope="module")
def unreachable() -> dict[str, Any]:
    """Return the functions' own clients, whose endpoint refuses every connection."""
    return {name: made(kind, UNREACHABLE) for name, kind in (("sqs", Sqs), ("s3", S3), ("ssm", Ssm))}


@pytest.mark.parametrize("as_base64", [True, False], ids=["base64", "text"])
def test_a_message_is_acknowledged_and_queued(entry: Registered, aws: World, as_base64: bool) -> None:
    response = aws.receiver(entry).handle(entry.event(as_base64=as_base64))

    assert answer(response) == entry.accepted
    [event] = map(json.loads, aws.queued())
    assert event["type"] == "inbound-sms.message.received.v1"
    assert event["id"].startswith(f"{entry.provider.name}/")
    assert event["data"]["text"]
    assert event["data"]["authenticated_by"]
    assert event["data"]["delivery_id"]
    assert aws.quarantined() == []


def test_a_retry_has_the_same_event_id_and_another_delivery_id_by_which_its_log_lines_are_found(
    entry: Registered, aws: World, capsys: pytest.CaptureFixture[str]
) -> None:
    observability.flush()
    capsys.readouterr()
    receiver = aws.receiver(entry)
    for _ in range(2):
        assert answer(receiver.handle(entry.event())) == entry.accepted
        observability.flush()

    first, second = map(json.loads, aws.queued())
    assert first["id"] == second["id"]
    deliveries = [event["data"]["delivery_id"] for event in (first, second)]
    assert deliveries[0] != deliveries[1]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["Accepted"], line["delivery_id"], line["event_ids"]) for line in lines] == [
        ([1.0], delivery, [first["id"]]) for delivery in deliveries
    ]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "", "multipart/form-data", "x" * 300]
)
def test_a_wrong_content_type_loses_nothing(entry: Registered, aws: World, content_type: str) -> None:
    response = aws.receiver(entry).handle(entry.event(content_type=content_type))

    assert is_success(response)
    assert len(aws.queued()) + len(aws.quarantined()) == 1


@pytest.mark.parametrize(
    "suffix", ["; charset=utf-8", ";charset=UTF-8", '; charset="utf-8"; x=y', "; charset=nonsense"]
)
def test_parameters_of_the_content_type_do_no_harm(entry: Registered, aws: World, suffix: str) -> None:
    response = aws.receiver(entry).handle(entry.event(content_type=entry.content_type.upper() + suffix))

    assert answer(response) == entry.accepted
    assert len(aws.queued()) == 1


@pytest.mark.parametrize("credentials", ["wrong", "missing"])
def test_wrong_or_missing_credentials_get_401_and_leave_nothing(
    entry: Registered, aws: World, credentials: Any
) -> None:
    for body in (entry.message, entry.sender.broken[0], b""):
        response = aws.receiver(entry).handle(entry.event(body, credentials))

        assert response["statusCode"] == 401
        assert not is_success(response)
        assert response["headers"].get("www-authenticate") == SIGNINGS[entry.kind].challenge
    assert aws.queued() == []
    assert aws.quarantined() == []


def test_without_a_secret_nobody_gets_in(entry: Registered, aws: World) -> None:
    """503, not 401: it is our fault, and some never send again what got a 4xx."""
    for credentials in ("right", "wrong", "missing"):
        response = aws.receiver(entry, secrets={}).handle(entry.event(credentials=credentials))
        assert response["statusCode"] == 503
        assert not is_success(response)

    receiver = aws.receiver(entry)
    aws.ssm.delete_parameter(Name=receiver.settings.provider_parameter)
    assert receiver.handle(entry.event())["statusCode"] == 503
    assert aws.queued() == []
    assert aws.quarantined() == []


def test_an_empty_body_is_quarantined(entry: Registered, aws: World) -> None:
    for body in (b"", b" \r\n"):
        assert answer(aws.receiver(entry).handle(entry.event(body))) == entry.quarantined

    assert {(body, record["reason"]) for _, body, record in aws.quarantined()} == {
        (b"", "the body is empty"),
        (b" \r\n", "the body is empty"),
    }
    assert aws.queued() == []


def test_a_broken_body_is_quarantined_raw_with_its_reason(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    for _ in range(3):
        assert answer(receiver.handle(entry.event(entry.sender.broken[0]))) == entry.quarantined

    [(key, body, record)] = aws.quarantined()
    assert key.startswith(f"{entry.provider.name}/")
    assert body == entry.sender.broken[0]
    assert record["provider"] == entry.provider.name
    assert record["reason"]
    assert record["field"] == entry.sender.broken[1]
    assert record["received_at"]
    assert record["headers"]["content-type"] == entry.content_type
    assert "authorization" not in record["headers"]
    assert aws.queued() == []


def test_the_documented_message_cut_short_anywhere_is_kept(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    whole = entry.message
    for end in range(1, len(whole), max(1, len(whole) // 12)):
        assert is_success(receiver.handle(entry.event(whole[:end])))
        assert aws.queued() or whole[:end] in {body for _, body, _ in aws.quarantined()}


def test_bytes_that_are_no_text_are_kept(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    bodies = [b"\xff\xfe\x00", b"\x00" * 100, b"[" * 100_000, b"{" * 9_000, b"&" * 5_000, b'{"a":' * 3_000, b"1e999"]
    for body in bodies:
        assert is_success(receiver.handle(entry.event(body)))
    assert {body for _, body, _ in aws.quarantined()} == set(bodies)


@pytest.mark.parametrize("over", [1, 1_000_000])
def test_a_body_over_the_limit_gets_413_and_leaves_nothing(entry: Registered, aws: World, over: int) -> None:
    receiver = aws.receiver(entry, max_body_bytes=2_000)

    assert receiver.handle(entry.event(b"x" * (2_000 + over)))["statusCode"] == 413
    assert aws.queued() == []
    assert aws.quarantined() == []


def test_a_body_as_large_as_the_limit_is_taken(entry: Registered, aws: World) -> None:
    body = b"x" * 2_000
    assert is_success(aws.receiver(entry, max_body_bytes=2_000).handle(entry.event(body)))
    assert [kept for _, kept, _ in aws.quarantined()] == [body]


def test_an_event_too_large_to_publish_is_quarantined(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry, max_event_bytes=400)

    assert answer(receiver.handle(entry.event())) == entry.quarantined
    [(_, body, record)] = aws.quarantined()
    assert body == entry.message
    assert "too large" in record["reason"]


def test_an_unknown_kind_of_callback_is_published_as_unknown_or_kept(
    entry: Registered, aws: World, counts: Counts
) -> None:
    receiver = aws.receiver(entry)
    if "unknown" not in entry.sender.callbacks:  # of a provider that has a single kind, whatever is not of that kind
        assert answer(receiver.handle(entry.event(b"hologram=1"))) == entry.quarantined
        assert [body for _, body, _ in aws.quarantined()] == [b"hologram=1"]
        assert aws.queued() == []
        return
    for _ in range(2):
        assert answer(receiver.handle(entry.event(callback="unknown"))) == entry.accepted

    first, second = map(json.loads, aws.queued())
    assert first["type"] == "inbound-sms.unknown.v1"
    assert first["id"] == second["id"]
    payload = first["data"]["provider_payload"]
    assert entry.sender.callbacks["unknown"].documented in (payload, [payload]), "whole, or the item of an array"
    assert aws.quarantined() == []
    assert counts() == {"Accepted": 2, "Unknown": 2}, "there is an alarm on what is unknown"


def test_the_provider_is_the_message_group_so_that_its_flood_does_not_delay_the_others(
    entry: Registered, aws: World
) -> None:
    aws.receiver(entry).handle(entry.event())

    [message] = aws.sqs.receive_message(QueueUrl=aws.queue_url, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Attributes"]["MessageGroupId"] == entry.provider.name


def test_when_the_queue_is_down_the_provider_hears_503_and_the_operator_why_for_each_delivery(
    entry: Registered, aws: World, unreachable: dict[str, Any], logs: io.StringIO
) -> None:
    receiver = aws.receiver(entry)
    gone = EventQueue(aws.sqs, aws.queue_url + "-gone")
    for queue in (EventQueue(unreachable["sqs"], aws.queue_url), gone):
        response = with_ingestor(receiver, queue=queue).handle(entry.event())
        assert response["statusCode"] == 503
        assert not is_success(response)

    told = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert [line["message"] for line in told] == ["not stored, the provider must retry"] * 2
    assert all(line["cause"].startswith("queue unavailable (") for line in told)
    assert len({line["delivery_id"] for line in told}) == 2


def test_when_nobody_thought_of_what_goes_wrong_the_provider_hears_503_and_the_operator_where(
    entry: Registered, aws: World, logs: io.StringIO
) -> None:
    class Broken:
        def send(self, *_: Any) -> None:
            raise RuntimeError("a text that must not be told")

    response = with_ingestor(aws.receiver(entry), queue=Broken()).handle(entry.event())
    assert response["statusCode"] == 503
    assert not is_success(response)

    [told] = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert told["message"] == "unexpected error, the provider must retry"
    assert told["cause"] == "RuntimeError"
    assert told["where"].startswith("test_conformance.py:")
    assert "must not be told" not in logs.getvalue()


def test_when_the_bucket_is_down_the_provider_hears_503(
    entry: Registered, aws: World, unreachable: dict[str, Any]
) -> None:
    receiver = aws.receiver(entry)
    gone = Quarantine(aws.s3, "no-such-bucket", entry.provider.name)
    for quarantine in (Quarantine(unreachable["s3"], aws.bucket, entry.provider.name), gone):
        response = with_ingestor(receiver, quarantine=quarantine).handle(entry.event(entry.sender.broken[0]))
        assert response["statusCode"] == 503
        assert not is_success(response)


def test_when_the_parameter_store_is_down_the_provider_hears_503(
    entry: Registered, aws: World, unreachable: dict[str, Any]
) -> None:
    receiver = aws.receiver(entry)
    secrets = SecretStore(unreachable["ssm"], receiver.settings.provider_parameter, 300)

    response = replace(receiver, secrets=secrets).handle(entry.event())
    assert response["statusCode"] == 503
    assert not is_success(response)
    assert aws.queued() == []


def test_a_request_without_any_event_in_it_is_kept(entry: Registered, aws: World) -> None:
    receiver = aws.receiver(entry)
    receiver = with_ingestor(receiver, parse=lambda _request: [])

    assert answer(receiver.handle(entry.event())) == entry.quarantined
    [(_, body, record)] = aws.quarantined()
    assert (body, record["reason"]) == (entry.message, "it contains no event")


def test_no_credential_gets_into_an_event(entry: Registered, aws: World) -> None:
    """Some send our URL, and so the secret in it, along with every message."""
    for secret in entry.confidential:
        url = f"https://example.com/{secret}/x"
        body = with_field(entry.message, parse(entry.provider.name, entry.message, entry.content_type), our_url=url)
        assert answer(aws.receiver(entry).handle(entry.event(body))) == entry.accepted

        [event] = map(json.loads, aws.queued())
        payload = json.dumps(event["data"].pop("provider_payload"))
        assert secret not in json.dumps(event)
        assert "https://example.com/" in payload
        assert entry.kind != "path_secret" or secret not in payload


def test_a_fault_of_the_parser_keeps_the_bytes(entry: Registered, aws: World) -> None:
    def parse(_request: object) -> Any:
        raise KeyError("a text that must not be told")

    receiver = aws.receiver(entry)
    receiver = with_ingestor(receiver, parse=parse)

    assert answer(receiver.handle(entry.event())) == entry.quarantined
    [(_, body, record)] = aws.quarantined()
    assert body == entry.message
    assert record["reason"] == "the parser failed: KeyError"


def test_no_text_number_or_secret_reaches_the_log(entry: Registered, aws: World, logs: io.StringIO) -> None:
    receiver = aws.receiver(entry)
    receiver.handle(entry.event())
    receiver.handle(entry.event(entry.sender.broken[0]))
    receiver.handle(entry.event(credentials="wrong"))
    [event] = map(json.loads, aws.queued())
    written = logs.getvalue()

    assert '"provider":"' + entry.provider.name in written
    data = event["data"]
    for private in {data["text"], data["sender"]["raw"], data["recipient"]["raw"], *entry.confidential}:
        assert private not in written
