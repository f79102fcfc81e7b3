"""The paths of the fan-out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed, Function
from tests.support.faults import failing_and_raising, new_client
from tests.support.paths import Path, paths_of
from tests.support.providers import rows
from tests.support.queued import Queued, sqs_record

_FUNCTION = "FanoutFunction"


class Consumer:
    """What is queued, marked, and the function that takes it."""

    def __init__(self, deployed: Deployed, canaries: CanaryValues) -> None:
        self.deployed = deployed
        self.canaries = canaries
        self._numbers = count(1)
        self.event = self.another()

    def another(self, **fields: Any) -> Queued:
        fields = {"id": f"id-{next(self._numbers)}", "text": self.canaries.text("text")} | fields
        sender, recipient = self.canaries.number("sender"), "+" + self.canaries.number("recipient")
        return Queued(**fields, sender=sender, recipient=recipient)

    def take(self, *bodies: str, failed: int = 0, **how: Any) -> None:
        """Start the function and give it these; check how many have to come back."""
        self.give(self.deployed.start(_FUNCTION, **how), *bodies, failed=failed)

    def give(self, function: Function, *bodies: str, failed: int = 0) -> None:
        """Give these to a function that runs; check how many have to come back."""
        answer = function({"Records": [sqs_record(f"sqs-{n}", body) for n, body in enumerate(bodies)]})
        assert not isinstance(answer, Exception), repr(answer)
        assert len(answer["batchItemFailures"]) == failed


def _published(it: Consumer) -> None:
    it.take(it.event.document, it.another(type="inbound-sms.link.clicked.v1").document)
    it.take(it.event.document)
    assert len(it.deployed.aws.published()) == 1
    assert len(it.deployed.aws.published("delivery")) == 1


def _each_type(it: Consumer) -> None:
    """As its provider's function queues it, twice."""
    function = it.deployed.start(_FUNCTION)
    for entry, row in {row.events[0]["type"]: (entry, row) for entry, row in rows() if row.events}.values():
        event = entry.event(it.canaries.put_into(row.body, row.events[0]), sample=row)
        for _ in range(2):
            it.deployed.aws.receiver(entry).handle(event)
    queued = it.deployed.aws.queued()
    for start in range(0, len(queued), 10):
        it.give(function, *queued[start : start + 10])


def _duplicate(it: Consumer) -> None:
    it.take(it.event.document)
    it.take(Queued(it.event.id, "delivery-2", it.event.text, it.event.sender, it.event.recipient).document)


def _conflict(it: Consumer) -> None:
    it.take(it.event.document)
    it.take(it.another(id=it.event.id, delivery="delivery-2").document)
    assert it.deployed.aws.quarantined()
    other = it.another(id=it.event.id, delivery="delivery-3").document
    [(key, _, _)] = it.deployed.aws.quarantined()
    replayed = it.deployed.start(_FUNCTION)
    assert replayed({"replay": {"key": key}})["outcome"] == "accepted"
    assert replayed({"replay": {"key": "fanout/0"}})["outcome"] == "not_found"
    for client in failing_and_raising("s3", "PutObject", other):
        it.take(other, failed=1, clients={"s3": client})


def _resent(it: Consumer) -> None:
    """Ask for what is an event, what is none, and with the topic out of reach."""
    asked = {"resend": {"publish": True, "event": it.event.document}}
    function = it.deployed.start(_FUNCTION)
    assert function(asked)["outcome"] == "accepted"
    assert len(it.deployed.aws.published()) == 1
    for odd in (it.event.document[:-1], json.dumps([it.canaries.text("text")])):
        assert function({"resend": {"publish": True, "event": odd}})["outcome"] == "unreadable"
    for client in failing_and_raising("sns", "PublishBatch", it.event.document, "InvalidParameter"):
        assert it.deployed.start(_FUNCTION, clients={"sns": client})(asked)["outcome"] == "failed"


def _in_parts(it: Consumer) -> None:
    """Join parts of two batches; then have the queue fail for a part that waits."""
    function = it.deployed.start(_FUNCTION)
    first = it.another(place=(1, 2, 1), received_at=datetime.now(UTC))
    it.give(function, first.document)
    it.give(function, replace(first, id="id of the second", place=(1, 2, 2)).document)
    [event] = it.deployed.aws.published()
    assert len(event["data"]["parts"]) == 2
    for client in failing_and_raising("sqs", "SendMessageBatch", first.document):
        it.take(it.another(place=(2, 2, 1)).document, failed=1, clients={"sqs": client})


def _not_ours(it: Consumer) -> None:
    text, document = it.canaries.text("text"), json.loads(it.event.document)
    odd = [text, f'"{text}"', f'{{"id": "{text}', f'{{"{text}": 1}}', "", "null", f"[{text}"]
    odd.append(f'{{"id": "\\ud800{text}"}}')
    for wrong in ({text: text}, [text, {text: text}]):
        odd += [json.dumps({**document, name: wrong}) for name in ("id", "type", "data")]
        data = [{**document["data"], name: wrong} for name in ("provider", "delivery_id", "text", "opt_out", "account")]
        odd += [json.dumps({**document, "data": each}) for each in data]
    it.take(*odd, failed=len(odd))


def _table_fails(it: Consumer) -> None:
    for operation, failed in (("PutItem", 1), ("UpdateItem", 0)):
        for client in failing_and_raising("dynamodb", operation, it.event.document, "ValidationException"):
            it.take(it.another().document, failed=failed, clients={"dynamodb": client})


def _topic_fails(it: Consumer) -> None:
    document = it.event.document
    clients = failing_and_raising("sns", "PublishBatch", document, "InvalidParameter")
    for client in (*clients, _refusing_entries(document)):
        it.take(it.another().document, failed=1, clients={"sns": client})


def _refusing_entries(message: str) -> Any:
    """Return a topic that takes the batch, and none of its entries."""
    client = new_client("sns")

    def refuse(parsed: dict[str, Any], **_: Any) -> None:
        entries = parsed.pop("Successful")
        parsed["Failed"] = [{"Id": each["Id"], "Code": "InternalError", "Message": message} for each in entries]

    client.meta.events.register("after-call.sns.PublishBatch", refuse)
    return client


def _routes_wrong(it: Consumer) -> None:
    it.take(it.event.document, environment={"ROUTES": f'{{"+{it.canaries.number("number")}": '})


def _errors_get_out(it: Consumer) -> None:
    function = it.deployed.start(_FUNCTION, environment={"CLAIMS_TABLE": None})
    assert isinstance(function({"Records": [it.event.record]}), Exception)


_WALKS: dict[str, Callable[[Consumer], None]] = {
    "published": _published,
    "each type of event": _each_type,
    "duplicate": _duplicate,
    "id conflict": _conflict,
    "resent": _resent,
    "in parts": _in_parts,
    "not ours": _not_ours,
    "the table fails": _table_fails,
    "the topic fails": _topic_fails,
    "the routes are wrong": _routes_wrong,
    "a setting is missing": _errors_get_out,
}


def paths() -> Iterator[Path]:
    return paths_of(_FUNCTION, Consumer, _WALKS)
