"""The proxy does what the journal says it did, and each service's errors are read as its own."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError

from verification.chaos import proxy as proxy_module
from verification.chaos.faults import Fault, Plan
from verification.chaos.proxy import Proxy
from verification.chaos.workers import Workers

PATIENCE = 20.0
SHORT = 0.5  # where the answer comes too late
EVENT = '{"id": "sinch/1"}'
ITEM = {"id": {"S": "sinch/1"}}
ENTRY = {"Id": "0", "Message": EVENT}

CALLS = {
    "sqs": ("send_message", {"QueueUrl": "http://127.0.0.1/0/queue", "MessageBody": EVENT}),
    "dynamodb": ("put_item", {"TableName": "claims", "Item": ITEM}),
    "sns": ("publish_batch", {"TopicArn": "arn:aws:sns:eu-west-1:0:t", "PublishBatchRequestEntries": [ENTRY]}),
    "s3": ("put_object", {"Bucket": "bucket", "Key": "key", "Body": b"body"}),
    "ssm": ("get_parameter", {"Name": "/inbound-sms/dev/sinch"}),
}
READ_AS = {
    "sqs": ("SendMessage", ("sinch/1",)),
    "dynamodb": ("PutItem", ("sinch/1",)),
    "sns": ("PublishBatch", ("sinch/1",)),
    "s3": ("PutObject", ()),
    "ssm": ("GetParameter", ()),
}
THROTTLED = {
    "sqs": "RequestThrottled",
    "dynamodb": "ProvisionedThroughputExceededException",
    "sns": "Throttling",
    "s3": "SlowDown",
    "ssm": "ThrottlingException",
}
PUBLISHED = (
    b"<PublishBatchResponse><PublishBatchResult><Failed/><Successful><member><Id>0</Id><MessageId>m</MessageId></member>"
    b"</Successful></PublishBatchResult></PublishBatchResponse>"
)


class Engine(HTTPServer):
    """Says yes to everything, and counts."""

    asked = 0
    seconds = 0.0


class Yes(BaseHTTPRequestHandler):
    server: Engine

    def do_POST(self):
        self.server.asked += 1
        time.sleep(self.server.seconds)
        self.rfile.read(int(self.headers["content-length"]))
        in_json = b"{}" if "x-amz-target" in self.headers else b""
        answer = PUBLISHED if "form" in self.headers.get("content-type", "") else in_json
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_PUT(self):
        self.do_POST()

    def log_message(self, *_):
        pass


class Always(Plan):
    """One fault, for every request."""

    def __init__(self, fault):
        super().__init__(0, 0)
        self.fault = fault

    def next(self, service):
        return self.fault


@pytest.fixture
def engine():
    server = Engine(("127.0.0.1", 0), Yes)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(engine, monkeypatch):
    """Sends one request through a proxy; gives code and status of the error, or its kind; the journal's only entry; and
    how often the engine was asked.
    """

    def asked(service, fault, patience=PATIENCE):
        monkeypatch.setattr(proxy_module, "_PATIENCE", {})
        monkeypatch.setattr(proxy_module, "_PATIENCE_ELSEWHERE", patience)
        monkeypatch.setattr(proxy_module, "_TOO_LATE", 0.5)
        config = Config(read_timeout=patience, retries={"total_max_attempts": 1})
        proxy = Proxy(f"http://127.0.0.1:{engine.server_port}", Always(fault), Workers(Path("nowhere"), "fanout"))
        client = boto3.client(service, endpoint_url=proxy.endpoint, region_name="eu-west-1", config=config)
        operation, parameters = CALLS[service]
        with proxy.serving():
            error = None
            try:
                getattr(client, operation)(**parameters)
            except ClientError as refused:
                error = refused.response["Error"]["Code"], refused.response["ResponseMetadata"]["HTTPStatusCode"]
            except BotoCoreError as lost:
                error = type(lost)
            end = time.monotonic() + 60
            while not (proxy.journal.entries and proxy.is_idle):
                assert time.monotonic() < end, "the proxy is still at work"
                time.sleep(0.01)
        [entry] = proxy.journal.entries
        return error, entry, engine.asked

    return asked


each_service = pytest.mark.parametrize("service", CALLS)


@each_service
def test_left_alone_a_request_is_carried_out_and_heard(service, ask):
    error, entry, _ = ask(service, None)
    assert error is None
    assert (entry.call.service, (entry.call.operation, entry.call.events)) == (service, READ_AS[service])
    assert (entry.succeeded, entry.heard) == (True, True)


@each_service
def test_an_engine_too_slow_for_the_client_is_not_heard(service, ask, engine):
    engine.seconds = 2 * SHORT
    error, entry, _ = ask(service, None, SHORT)
    assert error is ReadTimeoutError
    assert (entry.succeeded, entry.heard) == (True, False)


@each_service
def test_throttling_reads_as_the_services_own(service, ask):
    (code, _), entry, asked = ask(service, Fault.THROTTLED)
    assert code == THROTTLED[service]
    assert (asked, entry.succeeded, entry.heard) == (0, False, False)


@each_service
@pytest.mark.parametrize(
    ("fault", "carried_out", "lost"),
    [
        (Fault.REFUSED, 0, None),
        (Fault.FAILED_AFTER, 1, None),
        (Fault.CUT_BEFORE, 0, ConnectionClosedError),
        (Fault.CUT_AFTER, 1, ConnectionClosedError),
        (Fault.KILLED, 1, ConnectionClosedError),
        (Fault.SLOW, 1, ReadTimeoutError),
        (Fault.LATE, 1, ReadTimeoutError),
    ],
)
def test_what_goes_wrong_goes_wrong(service, fault, carried_out, lost, ask):
    error, entry, asked = ask(service, fault, SHORT if lost is ReadTimeoutError else PATIENCE)
    assert (error if lost else error[1]) == (lost or 500)
    assert (asked, entry.succeeded, entry.heard) == (carried_out, bool(carried_out), False)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5])
def test_a_seed_decides_what_befalls_which_request(rate):
    def sequence(seed, service="sns"):
        plan = Plan(seed, rate)
        return [plan.next(service) for _ in range(2000)]

    assert sequence(1) == sequence(1)
    assert rate == 0 or sequence(1) not in (sequence(2), sequence(1, "sqs"))
    met = sum(fault is not None for fault in sequence(1)) / 2000
    assert rate * 0.8 <= met <= min(1.0, rate * 3)


def test_once_it_is_over_nothing_goes_wrong():
    plan = Plan(1, 1.0)
    plan.over.set()
    assert [plan.next("sns") for _ in range(100)] == [None] * 100
