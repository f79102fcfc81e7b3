"""The contract as it is published: valid, what the models say, what the events are, and no break with what was."""

import copy
import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache, reduce
from operator import getitem
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from inbound_sms.events import Data, Message
from inbound_sms.events.all import EVENT_DATA
from inbound_sms.publishing.message_attributes import message_attributes
from inbound_sms.publishing.queued import read_event
from schemas.make import ASYNCAPI, ATTRIBUTES, SCHEMAS, Json, documents
from tests.support.compatible import breaks, topic_breaks
from tests.support.providers import expected_events

PUBLISHED = SCHEMAS / "published"
MESSAGE = f"{Message.TYPE}.json"

FORMATS = FormatChecker([])
FORMATS.checks("date-time", raises=ValueError)(
    lambda time: not isinstance(time, str) or bool(datetime.fromisoformat(time).tzinfo)
)


@cache
def read(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def place(document: Json, path: str) -> Json:
    found: Json = reduce(getitem, path.split("/"), document)
    return found


def test_every_type_of_event_has_its_schema_which_is_valid_and_what_the_models_say() -> None:
    """If this fails: make schemas."""
    made = documents()

    assert set(EVENT_DATA) == {each for each in Data.__subclasses__() if each.__module__.startswith(Data.__module__)}
    assert {path.name: read(path) for path in SCHEMAS.glob("*.json")} == made
    Draft202012Validator.check_schema(made[MESSAGE])


def test_the_references_of_the_asyncapi_document_lead_somewhere() -> None:
    """`npx @asyncapi/cli validate schemas/asyncapi.json` checks all that its specification asks for."""
    document = read(SCHEMAS / ASYNCAPI)
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))

    assert references
    for reference in references:
        assert place(document, reference)
    for message in document["components"]["messages"].values():
        assert read(SCHEMAS / message["payload"]["$ref"])["properties"]["type"]["const"] == message["name"]


OF_PARTS = {"parts", "incomplete", "missing_parts", "supplements"}


@pytest.mark.parametrize("event", [pytest.param(event, id=name) for name, event in expected_events()])
def test_every_event_is_what_its_schema_and_the_attributes_say(event: Json) -> None:
    schema = read(SCHEMAS / f"{event['type']}.json")

    Draft202012Validator(schema, format_checker=FORMATS).validate(event)
    known = schema["$defs"][schema["properties"]["data"]["$ref"].split("/")[-1]]["properties"]
    assert set(event["data"]) == set(known) - {"provider_payload_ref", *OF_PARTS}, (
        "which a large event has, and a joined"
    )
    assert set(message_attributes(read_event(json.dumps(event)), {})) <= set(ATTRIBUTES)


# ---- What was published -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.v*.json")), ids=lambda path: path.stem)
def test_who_reads_by_the_published_schema_can_read_what_is_sent_now(path: Path) -> None:
    """If this fails: schemas/README.md says what may change within a version."""
    assert breaks(read(path), read(SCHEMAS / path.name)) == []


def test_who_reads_by_the_published_topics_finds_everything_there() -> None:
    assert topic_breaks(read(PUBLISHED / ASYNCAPI), read(SCHEMAS / ASYNCAPI)) == []


def fields(document: Json, of: str = "Message") -> Json:
    return place(document, f"$defs/{of}/properties")


STRING, NULL = {"type": "string"}, {"type": "null"}
BREAKING: list[tuple[str, Callable[[Json], object], str | None]] = [
    (MESSAGE, lambda new: fields(new, "Number").pop("kind"), "$.data.sender.kind is gone"),
    (MESSAGE, lambda new: new["$defs"]["Message"]["required"].remove("sender"), "$.data.sender"),
    (MESSAGE, lambda new: fields(new).update(provider={"anyOf": [STRING, NULL]}), "$.data.provider may be null"),
    (MESSAGE, lambda new: fields(new).update(text={}), "$.data.text may be anything"),
    (MESSAGE, lambda new: fields(new, "Number")["kind"]["enum"].append("wap"), "enum was"),
    (MESSAGE, lambda new: fields(new).update(received_at=STRING), "format was date-time"),
    (MESSAGE, lambda new: fields(new).update(media={"type": "array", "items": STRING}), "$.data.media[] may be string"),
    (MESSAGE, lambda new: fields(new).update(mood=STRING), None),
    (ASYNCAPI, lambda new: new["channels"].pop("delivery"), "LinkClick is not on the topic delivery"),
    (ASYNCAPI, lambda new: place(new, "components/schemas/Attributes/properties").pop("opt_out"), "$.opt_out is gone"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "named"), BREAKING, ids=[str(named) for *_, named in BREAKING])
def test_what_would_break_a_reader_or_a_subscription_is_named(
    name: str, change: Callable[[Json], object], named: str | None
) -> None:
    new = copy.deepcopy(read(SCHEMAS / name))
    change(new)

    faults = (topic_breaks if name == ASYNCAPI else breaks)(read(SCHEMAS / name), new)
    assert any(named in fault for fault in faults) if named else faults == [], faults
