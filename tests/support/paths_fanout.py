"""The paths of the fan-out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed
from tests.support.faults import failing_and_raising, new_client
from tests.support.paths import Caller, Path
from tests.support.providers import rows
from tests.support.queued import Queued


class Consumer(Caller):
    """What is queued, marked, and the function that takes it."""

    called = "FanoutFunction"

    def __init__(self, stack: Deployed, canaries: CanaryValues) -> None:
        super().__init__(stack, canaries)
        self._numbers = count(1)
        self.event = self.another()

    def another(self, **fields: Any) -> Queued:
        fields = {"id": f"id-{next(self._numbers)}", "text": self.canaries.text("text")} | fields
        sender, recipient = self.canaries.number("sender"), "+" + self.canaries.number("recipient")
        return Queued(**fields, sender=sender, recipient=recipient)


def published(it: Consumer) -> None:
    it.start().take(it.event.document, it.another(type="inbound-sms.link.clicked.v1").document)
    it.start().take(it.event.document)
    assert len(it.deployed.aws.published()) == 1
    assert len(it.deployed.aws.published("delivery")) == 1


def each_type(it: Consumer) -> None:
    """As its provider's function queues it, twice."""
    it.start()
    for entry, row in {row.events[0]["type"]: (entry, row) for entry, row in rows() if row.events}.values():
        event = entry.event(it.canaries.put_into(row.body, row.events[0]), sample=row)
        for _ in range(2):
            it.deployed.aws.receiver(entry).handle(event)
    queued = it.deployed.aws.queued()
    for start in range(0, len(queued), 10):
        it.take(*queued[start : start + 10])


def duplicate(it: Consumer) -> None:
    it.start().take(it.event.document)
    it.start().take(replace(it.event, delivery="delivery-2").document)


def conflict(it: Consumer) -> None:
    it.start().take(it.event.document)
    it.start().take(it.another(id=it.event.id, delivery="delivery-2").document)
    other = it.another(id=it.event.id, delivery="delivery-3").document
    [(key, _, _)] = it.deployed.aws.quarantined()
    it.start()
    assert it.function({"replay": {"key": key}})["outcome"] == "accepted"
    assert it.function({"replay": {"key": "fanout/0"}})["outcome"] == "not_found"
    for client in failing_and_raising("s3", "PutObject", other):
        it.start(clients={"s3": client}).take(other, failed=1)


def resent(it: Consumer) -> None:
    """Ask for what is an event, what is none, and with the topic out of reach."""
    asked = {"resend": {"publish": True, "event": it.event.document}}
    assert it.start().function(asked)["outcome"] == "accepted"
    assert len(it.deployed.aws.published()) == 1
    for odd in (it.event.document[:-1], json.dumps([it.canaries.text("text")])):
        assert it.function({"resend": {"publish": True, "event": odd}})["outcome"] == "unreadable"
    for client in failing_and_raising("sns", "PublishBatch", it.event.document, "InvalidParameter"):
        assert it.start(clients={"sns": client}).function(asked)["outcome"] == "failed"


def in_parts(it: Consumer) -> None:
    """Join parts of two batches; then have the queue fail for a part that waits."""
    first = it.another(place=(1, 2, 1), received_at=datetime.now(UTC))
    it.start().take(first.document)
    it.take(replace(first, id="id of the second", place=(1, 2, 2)).document)
    [event] = it.deployed.aws.published()
    assert len(event["data"]["parts"]) == 2
    for client in failing_and_raising("sqs", "SendMessageBatch", first.document):
        it.start(clients={"sqs": client}).take(it.another(place=(2, 2, 1)).document, failed=1)


def not_ours(it: Consumer) -> None:
    text, document = it.canaries.text("text"), json.loads(it.event.document)
    odd = [text, f'"{text}"', f'{{"id": "{text}', f'{{"{text}": 1}}', "", "null", f"[{text}"]
    odd.append(f'{{"id": "\\ud800{text}"}}')
    for wrong in ({text: text}, [text, {text: text}]):
        odd += [json.dumps({**document, name: wrong}) for name in ("id", "type", "data")]
        data = [{**document["data"], name: wrong} for name in ("provider", "delivery_id", "text", "opt_out", "account")]
        odd += [json.dumps({**document, "data": each}) for each in data]
    it.start().take(*odd, failed=len(odd))


def table_fails(it: Consumer) -> None:
    for operation, failed in (("PutItem", 1), ("UpdateItem", 0)):
        for client in failing_and_raising("dynamodb", operation, it.event.document, "ValidationException"):
            it.start(clients={"dynamodb": client}).take(it.another().document, failed=failed)


def topic_fails(it: Consumer) -> None:
    document = it.event.document
    clients = failing_and_raising("sns", "PublishBatch", document, "InvalidParameter")
    for client in (*clients, _refusing_entries(document)):
        it.start(clients={"sns": client}).take(it.another().document, failed=1)


def _refusing_entries(message: str) -> Any:
    """Return a topic that takes the batch, and none of its entries."""
    client = new_client("sns")

    def refuse(parsed: dict[str, Any], **_: Any) -> None:
        entries = parsed.pop("Successful")
        parsed["Failed"] = [{"Id": each["Id"], "Code": "InternalError", "Message": message} for each in entries]

    client.meta.events.register("after-call.sns.PublishBatch", refuse)
    return client


def routes_wrong(it: Consumer) -> None:
    it.start(environment={"ROUTES": f'{{"+{it.canaries.number("number")}": '}).take(it.event.document)


def setting_missing(it: Consumer) -> None:
    it.start(environment={"CLAIMS_TABLE": None})
    assert isinstance(it.function({"Records": [it.event.record]}), Exception)


def paths() -> Iterator[Path]:
    walks = (
        published, each_type, duplicate, conflict, resent, in_parts, not_ours, table_fails, topic_fails, routes_wrong,
        setting_missing,
    )  # fmt: skip
    return (Path(Consumer.called, Consumer, walk) for walk in walks)
