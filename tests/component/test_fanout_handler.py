"""The fan-out's handler as Lambda runs it: configured by the environment, made ready while the module is imported."""

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

import aws_client
import fanout
from inbound_sms.errors import ConfigurationError
from tests.support.deployed import PHYSICAL, imported_anew
from tests.support.faults import failing, raising
from tests.support.queued import Queued, sqs_record
from tests.support.template import functions, resolved
from tests.support.world import World

RECORD = Queued().record


@pytest.fixture
def environment(aws: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Set what template.yaml gives the fan-out function, and make what it is about."""
    _ = aws.table, aws.topics
    for name, value in functions()["FanoutFunction"]["Environment"].items():
        monkeypatch.setenv(name, str(resolved(value, PHYSICAL)))
    monkeypatch.setenv("CLAIM_RETENTION_DAYS", "2")
    aws.stands_in(monkeypatch)
    fanout._ready.cache_clear()
    yield monkeypatch
    fanout._ready.cache_clear()


def test_the_handler_from_its_environment(
    aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    conflict = Queued("1", delivery="delivery-2", text="another text")
    odd = [sqs_record(message_id, "private text") for message_id in ("b", "a")]

    assert fanout.handler({"Records": [RECORD, *odd]}, None) == {
        "batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]
    }
    assert fanout.handler({"Records": [conflict.record]}, None) == {"batchItemFailures": []}

    assert [event["id"] for event in aws.published()] == ["acme/1"]
    item = aws.claim_items()["acme/1"]
    assert float(item["expires_at"]) - float(item["claimed_at"]) == pytest.approx(2 * 86_400, abs=1)
    [(key, _, _)] = aws.quarantined()
    assert key.startswith("fanout/")
    [published] = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["message"] == "published"]
    assert published["events"] == [
        {"event_id": "acme/1", "delivery_id": item["owner"], "sns_message_id": item["sns_message_id"]}
    ], "what leads from one event to the other logs"
    first, second = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert (first["NotOurs"], first["Published"], first["Retried"]) == ([1.0, 1.0], [1.0], [2.0])
    assert second["Conflicts"] == [1.0]
    assert not {"NotOurs", "Published", "Retried"} & set(second), "what an invocation counted must not count again"
    assert not {text for text in ("private text", "+4477") if text in logs.getvalue()}


@pytest.mark.parametrize(
    ("setting", "route", "named"),
    [
        ('{"+447700900002": "sales"}', "sales", None),
        ('{"+447700900002": "sales", "+447700900003": 7}', "sales", "the name in entry 2"),
        ('{"+447700900002": ', None, "not JSON (line 1, column 19)"),
    ],
)
def test_routes_that_are_wrong_are_named_and_stop_nothing(
    aws: World,
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logs: io.StringIO,
    *,
    setting: str,
    route: str | None,
    named: str | None,
) -> None:
    environment.setenv("ROUTES", setting)
    assert fanout.handler({"Records": [RECORD]}, None) == {"batchItemFailures": []}

    [message] = aws.sqs.receive_message(QueueUrl=aws.inboxes["messages"], MessageAttributeNames=["route"])["Messages"]
    assert message.get("MessageAttributes", {}).get("route", {}).get("StringValue") == route
    assert ('"RoutesWrong"' in capsys.readouterr().out) == bool(named)
    assert (named or "") in logs.getvalue()
    assert ("invalid configuration" in logs.getvalue()) == bool(named)
    assert "+4477" not in logs.getvalue()


def test_routes_in_a_parameter_are_read_again_and_those_last_known_outlast_a_mistake_and_an_outage(
    aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    environment.setenv("ROUTES_PARAMETER", name := "/inbound-sms/test/routes")
    ours = Queued().recipient
    minutes = 0

    def published(text: str | None) -> tuple[Any, bool]:
        nonlocal minutes
        minutes += 6
        if text is not None:
            aws.ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
        fanout._ready().ready.__self__._stored.clock = lambda: time.time() + 60 * minutes  # type: ignore[attr-defined]
        assert fanout.handler({"Records": [Queued(str(minutes)).record]}, None) == {"batchItemFailures": []}
        asked = {"QueueUrl": aws.inboxes["messages"], "MessageAttributeNames": ["route"]}
        [message] = aws.sqs.receive_message(**asked)["Messages"]
        route = message.get("MessageAttributes", {}).get("route", {}).get("StringValue")
        return route, '"RoutesWrong"' in capsys.readouterr().out

    assert published(None) == (None, True), "it isn't there yet: events go out all the same"
    assert published(f'{{"{ours}": "sales"}}') == ("sales", False)
    assert published(f'{{"{ours}": "support", "x": 1}}') == ("support", True), "what is right of it counts"
    assert published("not JSON") == ("support", True)
    assert f"parameter {name}: not JSON" in logs.getvalue()
    aws.ssm.delete_parameter(Name=name)
    assert published(None) == ("support", True)
    assert published(f'{{"{ours}": "club"}}') == ("club", False)
    assert "+4477" not in logs.getvalue()


@pytest.mark.parametrize(
    ("code", "status", "is_published"),
    [("ThrottlingException", 400, False), ("InternalServerError", 500, False), ("AccessDeniedException", 400, True)],
)
def test_until_the_routes_were_read_once_events_wait_but_for_no_mistake_of_somebodys(
    aws: World, environment: pytest.MonkeyPatch, code: str, status: int, *, is_published: bool
) -> None:
    environment.setenv("ROUTES_PARAMETER", name := "/inbound-sms/test/routes")
    aws.ssm.put_parameter(Name=name, Value=f'{{"{Queued().recipient}": "sales"}}', Type="String")
    with environment.context() as patch:
        patch.setattr(aws_client, "ssm", lambda: failing("ssm", "GetParameter", code, status=status))
        fanout._ready()
        failed = [] if is_published else [{"itemIdentifier": RECORD["messageId"]}]
        assert fanout.handler({"Records": [RECORD]}, None) == {"batchItemFailures": failed}
        assert len(aws.published()) == is_published
    if not is_published:
        fanout._ready().ready.__self__._stored._ssm = aws.ssm  # type: ignore[attr-defined]
        fanout._ready().ready.__self__._stored.clock = lambda: time.time() + 60  # type: ignore[attr-defined]
        assert fanout.handler({"Records": [RECORD]}, None) == {"batchItemFailures": []}
        assert len(aws.published()) == 1


@pytest.mark.parametrize("of_a_call", [True, False])
def test_at_an_unexpected_error_the_whole_batch_comes_back_and_its_text_is_not_told(
    environment: pytest.MonkeyPatch, logs: io.StringIO, of_a_call: bool
) -> None:
    error = RuntimeError("a text that must not be told")

    def fail(*_: Any) -> None:
        raise error

    if of_a_call:
        client = raising("sns", "PublishBatch", error)
        environment.setattr(aws_client, "sns", lambda: client)
    else:
        environment.setattr(fanout.Fanout, "handle", fail)
    records = [Queued(id_).record for id_ in ("1", "2")]

    assert fanout.handler({"Records": records}, None) == {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]
    }
    assert "RuntimeError" in logs.getvalue()
    assert "must not be told" not in logs.getvalue()


@pytest.mark.parametrize("is_set_up", [True, False])
def test_in_lambda_it_gets_ready_while_it_starts_or_says_what_is_missing(
    aws: World, environment: pytest.MonkeyPatch, is_set_up: bool
) -> None:
    environment.setenv("AWS_LAMBDA_FUNCTION_NAME", "a-function")
    connected: list[Any] = []
    environment.setattr(aws_client, "connect", lambda *clients: connected.extend(clients))
    if is_set_up:
        assert imported_anew("fanout")._ready.cache_info().currsize == 1
        assert connected == [aws.dynamodb, aws.sns]
    else:
        environment.delenv("CLAIMS_TABLE")
        environment.delenv("MESSAGES_TOPIC")
        with pytest.raises(ConfigurationError, match=r"CLAIMS_TABLE.*MESSAGES_TOPIC"):
            imported_anew("fanout")
