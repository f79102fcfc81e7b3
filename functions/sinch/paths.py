"""The paths of the function that takes what Sinch publishes to its topic, for the suites that walk all paths."""

from inbound_sms.parsing.request import Request

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.calls import ACCOUNT, REGION
from tests.support.canary_values import CanaryValues
from tests.support.deployed import Context, Deployed
from tests.support.faults import failing_and_raising
from tests.support.parsing import parse
from tests.support.paths import Caller
from tests.support.paths import Path as Walkable
from tests.support.spoiled import spoiled

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:SinchTopic"
SAMPLE = Path(__file__).parent / "samples/mo_text_docs.json"


class Published(Caller):
    """What Sinch published, marked, and our function for it."""

    called = "SinchTopicFunction"

    def __init__(self, stack: Deployed, canaries: CanaryValues) -> None:
        super().__init__(stack, canaries)
        callback = SAMPLE.read_bytes()
        self.callback = canaries.put_into(callback, parse("sinch", callback)).decode()
        self.envelope = json.dumps({"Type": "Notification", "TopicArn": TOPIC, "Message": self.callback})


def stored(it: Published) -> None:
    it.start().take(it.envelope, it.callback, it.callback)
    assert len(it.deployed.aws.queued()) == 3


def quarantined(it: Published) -> None:
    text = it.canaries.text("text")
    cut = [it.callback[:end] for end in range(1, len(it.callback), 20)]
    it.start()
    it.take(text, f'"{text}"', f'{{"{text}": "\\ud800', "\ud800" + text, it.envelope.replace("sinch", "x"), *cut)
    it.take(*(body.decode() for body in spoiled("sinch", it.callback.encode(), "application/json", it.canaries)))
    assert it.deployed.aws.quarantined()


def event_too_large(it: Published) -> None:
    """Without its payload, and then even so."""
    body = json.dumps({**json.loads(it.callback), "filler": "x" * 2_000})
    it.start(environment={"MAX_EVENT_BYTES": "2000"}).take(body)
    [event] = it.deployed.aws.queued()
    assert json.loads(event)["data"]["provider_payload_ref"]["bucket"] == it.deployed.aws.payloads
    it.start(environment={"MAX_EVENT_BYTES": "400"}).take(body)
    assert it.deployed.aws.quarantined()


def queue_bucket_or_time_is_missing(it: Published) -> None:
    it.start().take(it.callback, failed=1, context=Context(1_000))
    for service, operation, body in (("sqs", "SendMessage", it.callback), ("s3", "PutObject", it.callback[:50])):
        for client in failing_and_raising(service, operation, it.callback):
            it.start(clients={service: client}).take(body, failed=1)


def parser_crashes(it: Published) -> None:
    def crash(_request: object) -> Any:
        raise KeyError(it.callback)

    with it.deployed.patch.context() as patch:
        patch.setattr(Request, "json_object", crash)
        it.start().take(it.callback)


def an_error_gets_out(it: Published) -> None:
    for environment, event in (({"SINCH_TOPIC": None}, {"Records": []}), ({}, {"Records": [{"Body": it.callback}]})):
        answer = it.start(environment=environment).function(event)
        assert isinstance(answer, Exception)


def paths() -> Iterator[Walkable]:
    """Return the paths of the function."""
    walks = (stored, quarantined, event_too_large, queue_bucket_or_time_is_missing, parser_crashes, an_error_gets_out)
    return (Walkable(Published.called, Published, walk) for walk in walks)
