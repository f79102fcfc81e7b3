"""The paths of the function that takes what Sinch publishes to its topic, for the suites that walk all paths."""

from inbound_sms.parsing.request import Request

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.support.calls import ACCOUNT, REGION
from tests.support.canary_values import CanaryValues
from tests.support.deployed import Context, Deployed
from tests.support.faults import failing_and_raising
from tests.support.parsing import parse
from tests.support.paths import Path as Walkable
from tests.support.paths import paths_of
from tests.support.queued import sqs_record
from tests.support.spoiled import spoiled

_FUNCTION = "SinchTopicFunction"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:SinchTopic"
SAMPLE = Path(__file__).parent / "samples/mo_text_docs.json"


class Published:
    """What Sinch published, marked, and our function for it."""

    def __init__(self, deployed: Deployed, canaries: CanaryValues) -> None:
        self.deployed = deployed
        self.canaries = canaries
        callback = SAMPLE.read_bytes()
        self.callback = canaries.put_into(callback, parse("sinch", callback)).decode()
        self.envelope = json.dumps({"Type": "Notification", "TopicArn": TOPIC, "Message": self.callback})

    def take(self, *bodies: str, failed: int = 0, context: Context | None = None, **how: Any) -> None:
        """Start the function, give it these, and check how many have to come back."""
        function = self.deployed.start(_FUNCTION, **how)
        answer = function({"Records": [sqs_record(str(n), body) for n, body in enumerate(bodies)]}, context)
        assert len(answer["batchItemFailures"]) == failed


def _stored(it: Published) -> None:
    it.take(it.envelope, it.callback, it.callback)
    assert len(it.deployed.aws.queued()) == 3


def _quarantined(it: Published) -> None:
    text = it.canaries.text("text")
    cut = [it.callback[:end] for end in range(1, len(it.callback), 20)]
    it.take(text, f'"{text}"', f'{{"{text}": "\\ud800', "\ud800" + text, it.envelope.replace("sinch", "x"), *cut)
    it.take(*(body.decode() for body in spoiled("sinch", it.callback.encode(), "application/json", it.canaries)))
    assert it.deployed.aws.quarantined()


def _event_too_large(it: Published) -> None:
    """Without its payload, and then even so."""
    body = json.dumps({**json.loads(it.callback), "filler": "x" * 2_000})
    it.take(body, environment={"MAX_EVENT_BYTES": "2000"})
    [event] = it.deployed.aws.queued()
    assert json.loads(event)["data"]["provider_payload_ref"]["bucket"] == it.deployed.aws.payloads
    it.take(body, environment={"MAX_EVENT_BYTES": "400"})
    assert it.deployed.aws.quarantined()


def _fails(it: Published) -> None:
    it.take(it.callback, failed=1, context=Context(1_000))
    for service, operation, body in (("sqs", "SendMessage", it.callback), ("s3", "PutObject", it.callback[:50])):
        for client in failing_and_raising(service, operation, it.callback):
            it.take(body, failed=1, clients={service: client})


def _parser_crashes(it: Published) -> None:
    def crash(_request: object) -> Any:
        raise KeyError(it.callback)

    with it.deployed.patch.context() as patch:
        patch.setattr(Request, "json_object", crash)
        it.take(it.callback)


def _errors_get_out(it: Published) -> None:
    for environment, event in (({"SINCH_TOPIC": None}, {"Records": []}), ({}, {"Records": [{"Body": it.callback}]})):
        answer = it.deployed.start(_FUNCTION, environment=environment)(event)
        assert isinstance(answer, Exception)


_WALKS: dict[str, Callable[[Published], None]] = {
    "stored": _stored,
    "quarantined": _quarantined,
    "event too large": _event_too_large,
    "queue, bucket or time is missing": _fails,
    "the parser crashes": _parser_crashes,
    "an error gets out": _errors_get_out,
}


def paths() -> Iterator[Walkable]:
    """Return the paths of the function."""
    return paths_of(_FUNCTION, Published, _WALKS)
