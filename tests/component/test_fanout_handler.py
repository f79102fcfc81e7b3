"""The fan-out's handler as Lambda runs it: configured by the environment, made ready while the module is imported."""

import io
import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from unittest.mock import Mock

import pytest

import aws_client
import fanout
from tests.support.deployed import PHYSICAL, imported_anew
from tests.support.faults import failing
from tests.support.queued import Queued, sqs_record
from tests.support.template import functions, resolved
from tests.support.world import World


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

    assert fanout.handler({"Records": [Queued().record, *odd]}, None) == {
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


# ---- Routes ----------------------------------------------------------------------------------------------------------


def handled(queued: Queued) -> bool:
    """Return whether SQS is done with a message."""
    failures = fanout.handler({"Records": [queued.record]}, None)["batchItemFailures"]
    assert failures in ([], [{"itemIdentifier": queued.sqs_id}])
    return not failures


def published_route(aws: World) -> Any:
    """Return the attribute `route` of the one event that was published."""
    [message] = aws.sqs.receive_message(QueueUrl=aws.inboxes["messages"], MessageAttributeNames=["route"])["Messages"]
    return message.get("MessageAttributes", {}).get("route", {}).get("StringValue")


def let_minutes_pass(minutes: int) -> None:
    fanout._ready().ready.__self__._stored.clock = lambda: time.time() + 60 * minutes  # type: ignore[attr-defined]


def test_of_routes_those_that_are_right_count_and_a_wrong_one_is_named(
    aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    environment.setenv("ROUTES", '{"+447700900002": "sales", "+447700900003": 7}')

    assert handled(Queued())
    assert published_route(aws) == "sales"
    assert '"RoutesWrong"' in capsys.readouterr().out
    assert "invalid configuration, published without that route: Routes: the name in entry 2" in logs.getvalue()
    assert "+4477" not in logs.getvalue()


def test_routes_in_a_parameter_are_read_again_and_those_last_known_outlast_a_mistake_and_an_outage(
    aws: World, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    environment.setenv("ROUTES_PARAMETER", name := "/inbound-sms/test/routes")
    ours, minutes = Queued().recipient, count(6, 6)

    def published(text: str | None) -> tuple[Any, bool]:
        """Let some minutes pass with this in the parameter; return the next event's route, and if one was wrong."""
        if text is not None:
            aws.ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
        let_minutes_pass(now := next(minutes))
        assert handled(Queued(str(now)))
        return published_route(aws), '"RoutesWrong"' in capsys.readouterr().out

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
    ("code", "status", "times", "is_published"),
    [
        ("ThrottlingException", 400, 2, False),
        ("InternalServerError", 500, 1, False),
        ("AccessDeniedException", 400, 1, True),
    ],
)
def test_until_the_routes_were_read_once_events_wait_but_for_no_mistake_of_somebodys(
    code: str, status: int, times: int, is_published: bool, aws: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ROUTES_PARAMETER", name := "/inbound-sms/test/routes")
    aws.ssm.put_parameter(Name=name, Value="{}", Type="String")
    ssm = failing("ssm", "GetParameter", code, status=status, times=times)
    environment.setattr(aws_client, "ssm", lambda: ssm)

    assert handled(Queued()) == is_published
    let_minutes_pass(1)
    assert handled(Queued("2"))
    assert [event["id"] for event in aws.published()] == (["acme/1"] if is_published else []) + ["acme/2"]


# ---- Faults ----------------------------------------------------------------------------------------------------------


def test_at_an_unexpected_error_the_whole_batch_comes_back_and_its_text_is_not_told(
    environment: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    environment.setattr(fanout.Fanout, "handle", Mock(side_effect=RuntimeError("a text that must not be told")))

    assert not handled(Queued())
    assert "RuntimeError" in logs.getvalue()
    assert "must not be told" not in logs.getvalue()


def test_in_lambda_it_gets_ready_while_it_starts(aws: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_LAMBDA_FUNCTION_NAME", "a-function")
    environment.setattr(aws_client, "connect", connect := Mock())

    assert imported_anew("fanout")._ready.cache_info().currsize == 1
    connect.assert_called_once_with(aws.dynamodb, aws.sns)
