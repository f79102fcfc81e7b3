"""What the functions rely on, of their own client and of boto3 in its place: one contract, one server."""

import itertools
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import aws_client
from aws_client.clients import S3, Ssm
from aws_client.errors import AwsError, AwsServiceError, ConfigurationError, RequestNotSent, ResponseLost
from inbound_sms.errors import cause_of
from tests.aws_client.calls import FAILED_CONDITION, FAILURES, FETCH, ITEM, KINDS, PUBLISH, READ, Call
from tests.support.boto import REGION
from tests.support.clients import made
from tests.support.loopback import Step, answer, hang_up, loopback, reset, then
from tests.support.providers import ROOT

Connect = Callable[[str, str], Any]


@pytest.fixture(params=["own", "boto3"])
def connect(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return how to make a client of a service at a URL, by the setting. Nothing waits before a second attempt."""
    monkeypatch.setenv("AWS_CLIENT", request.param)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)

    def make(service: str, url: str) -> Any:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client = getattr(aws_client, service).__wrapped__()
        if request.param == "own":
            client._service._pause = lambda _seconds: None
        return client

    return make


def make_call(client: Any, call: Call) -> Any:
    return getattr(client, call.method)(**call.parameters)


@pytest.mark.parametrize("code", FAILURES)
def test_an_error_has_its_code_its_status_and_the_item(code: str, connect: Connect) -> None:
    call, status, body = FAILURES[code]
    with loopback(last=answer(body, status)) as server, pytest.raises(AwsServiceError) as caught:
        make_call(connect(call.service, server.url), call)

    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.details.get("Item") == (ITEM if body == FAILED_CONDITION else None)
    assert cause_of(caught.value) == f"AwsServiceError {code} {call.operation}"


# What happens; how often a call is attempted by our own client; what the caller sees in the end.
ATTEMPTS: dict[str, tuple[Step, int, type[Exception]]] = {
    "throttled": (answer(b'{"__type": "ThrottlingException"}', 400), 2, AwsServiceError),
    "throttled by its key": (answer(b'{"__type": "com.amazonaws.sqs#KmsThrottled"}', 400), 2, AwsServiceError),
    "too many": (answer(b'{"__type": "Anything"}', 429), 2, AwsServiceError),
    "too slow for it": (answer(b'{"__type": "RequestTimeoutException"}', 400), 2, AwsServiceError),
    "a fault of AWS": (answer(b"", 500), 2, AwsServiceError),
    "unavailable": (answer(b"", 503), 2, AwsServiceError),
    "hung up": (hang_up, 2, ResponseLost),
    "reset": (reset, 2, ResponseLost),
    "garbled": (b"garbage\r\n\r\n", 2, ResponseLost),
    "cut off": (then(answer(b'{"MessageId": "m"}')[:-1], hang_up), 2, ResponseLost),
    "refused": (answer(b'{"__type": "AccessDeniedException"}', 400), 1, AwsServiceError),
    "not there": (answer(b"", 404), 1, AwsServiceError),
    "one of several": (answer(b"", 300), 1, AwsServiceError),
    "moved": (answer(b"", 307, "Location: http://127.0.0.1:9/"), 1, AwsServiceError),
}


@pytest.mark.parametrize(("step", "attempts", "error"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_what_may_pass_is_attempted_twice(step: Step, attempts: int, error: type[Exception]) -> None:
    with loopback(last=step) as server, pytest.raises(error):
        make_call(made(Ssm, server.url), READ)
    assert len(server.requests) == attempts
    with loopback(step) as server, nullcontext() if attempts == 2 else pytest.raises(error):
        assert make_call(made(Ssm, server.url), READ) == {}


def test_a_call_is_attempted_twice_and_a_publication_once_whatever_happens(connect: Connect) -> None:
    with loopback(last=answer(b"", 500)) as server, pytest.raises(AwsServiceError):
        make_call(connect("ssm", server.url), READ)
    assert len(server.requests) == 2
    steps = [step for step, *_ in ATTEMPTS.values()]
    with loopback(*steps) as server:
        client = connect("sns", server.url)
        for _ in steps:
            with pytest.raises(AwsError):
                make_call(client, PUBLISH)
    assert len(server.requests) == len(steps)


def test_what_never_reached_a_server_was_not_sent(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(RequestNotSent, match=r" PublishBatch$"):
        make_call(connect("sns", url), PUBLISH)


@pytest.mark.parametrize(("setting", "shown"), [({}, "Sqs False"), ({"AWS_CLIENT": "boto3"}, "Boto3Client True")])
def test_boto3_takes_our_place_by_a_setting_and_is_not_loaded_otherwise(setting: dict[str, str], shown: str) -> None:
    program = "import sys, aws_client; print(type(aws_client.sqs()).__name__, 'boto3' in sys.modules)"
    environment = {"PYTHONPATH": str(ROOT / "shared"), "AWS_REGION": REGION, **setting}
    environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    assert subprocess.check_output([sys.executable, "-c", program], env=environment, text=True).strip() == shown


def test_no_other_client_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CLIENT", "urllib3")
    with pytest.raises(ConfigurationError, match="AWS_CLIENT"):
        aws_client.sqs.__wrapped__()


# ---- Of our own client only -----------------------------------------------------------------------------------

UNNAMED = [
    b"", b"<html>Bad Gateway</html>", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"__type": 7}',
    b'{"__type": "a private text"}', b'{"__type": ""}', b"[" * 100_000, b"<a>" * 100_000,
    b"<Error><Code>a private text</Code></Error>", b"<Error></Error>",
    b'<!DOCTYPE a [<!ENTITY e "Throttling">]><Error><Code>&e;</Code></Error>',
    b"<?xml version='1.0' encoding='no-such'?><Error><Code>Throttling</Code></Error>",
    b"<?xml version='1.0' encoding='shift_jis'?><Error><Code>Throttling</Code></Error>",
]  # fmt: skip
UNREADABLE = [b"<html>", b"[]", b"{", b"<!DOCTYPE a []><a/>", b"<a>" * 30 + b"</a>" * 30]


@pytest.mark.parametrize(
    ("call", "response", "code"),
    [
        (READ, answer(b"{}", 400, "x-amzn-ErrorType: ThrottlingException:http://internal/"), "ThrottlingException"),
        (READ, answer(b'{"code": "InternalServerError"}', 500), "InternalServerError"),
        *((call, answer(body, 403), "403") for call in (READ, PUBLISH, FETCH) for body in UNNAMED),
    ],
    ids=lambda each: str(each)[:50],
)
def test_an_error_is_named_by_its_code_wherever_that_stands_or_by_its_status(
    call: Call, response: bytes, code: str
) -> None:
    """By Smithy's rules for AWS JSON; boto3 knows but one of the three places."""
    with loopback(last=response) as server, pytest.raises(AwsServiceError) as caught:
        make_call(made(KINDS[call.service], server.url), call)
    assert caught.value.code == code


@pytest.mark.parametrize("call", [READ, PUBLISH], ids=str)
def test_a_success_that_cannot_be_read_may_have_been_one(call: Call) -> None:
    """boto3 takes one that should be JSON for a success that says nothing."""
    for body in UNREADABLE:
        with loopback(last=answer(body)) as server, pytest.raises(ResponseLost):
            make_call(made(KINDS[call.service], server.url), call)


@pytest.mark.parametrize(("bucket", "key"), [("", "k"), ("b", "")])
def test_a_bucket_or_key_without_a_name_is_refused(bucket: str, key: str) -> None:
    with pytest.raises(ValueError, match="without a name"):
        made(S3).put_object(Bucket=bucket, Key=key, Body=b"", ContentType="text/plain")


def test_each_attempt_is_signed_anew_after_a_pause_that_is_short_and_not_always_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments, pauses = itertools.count(), list[float]()
    first = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
    clock = SimpleNamespace(now=lambda _zone: first + timedelta(seconds=next(moments)))
    monkeypatch.setattr("aws_client.service.datetime", clock)
    with loopback(last=answer(b"", 500)) as server:
        client: Any = made(Ssm, server.url)
        client._service._pause = pauses.append
        for _ in range(20):
            with pytest.raises(AwsServiceError):
                make_call(client, READ)

    assert len(set(pauses)) == 20
    assert all(0 <= pause < 1 for pause in pauses)
    for request, time in zip(server.requests[:2], (b"20260228T235959Z", b"20260301T000000Z"), strict=True):
        assert b"\r\nx-amz-date: " + time in request
    assert len({request.partition(b"Signature=")[2][:64] for request in server.requests}) == 40
