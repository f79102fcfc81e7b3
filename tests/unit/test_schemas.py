"""The contract as it is published: valid, what the models say, what the events are, and no break with what was."""

import copy
import json
from collections.abc import Callable
from datetime import datetime
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

# What we use of AsyncAPI 3.0.0, by its specification; `npx @asyncapi/cli validate schemas/asyncapi.json` checks all.
ASYNCAPI_3 = {
    "": {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"},
    "info": {"title", "version", "description", "license"},
    "channels/*": {"address", "description", "messages"},
    "operations/*": {"action", "channel"},
    "components": {"messages", "schemas"},
    "components/messages/*": {"name", "summary", "headers", "payload"},
}


def read(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def places(document: Json, *path: str) -> list[Json]:
    """Return what is at a path; `*` is everything there."""
    found = [document]
    for part in path:
        found = [inner for each in found for inner in (each.values() if part == "*" else [each[part]])]
    return found


def test_every_type_of_event_has_its_schema_which_is_valid_and_what_the_models_say() -> None:
    """If this fails: make schemas."""
    made = documents()

    assert set(EVENT_DATA) == {each for each in Data.__subclasses__() if each.__module__.startswith(Data.__module__)}
    assert {path.name: read(path) for path in SCHEMAS.glob("*.json")} == made
    for name in made.keys() - {ASYNCAPI}:
        Draft202012Validator.check_schema(made[name])


def test_the_asyncapi_document_is_valid_and_its_references_lead_somewhere() -> None:
    document = read(SCHEMAS / ASYNCAPI)
    assert document["asyncapi"] == "3.0.0"
    assert {each["action"] for each in document["operations"].values()} <= {"send", "receive"}
    for place, fields in ASYNCAPI_3.items():
        for found in places(document, *filter(None, place.split("/"))):
            assert found.keys() == fields, place

    references = {place["$ref"] for each in document["channels"].values() for place in each["messages"].values()}
    references |= {each["channel"]["$ref"] for each in document["operations"].values()}
    references |= {each["headers"]["$ref"] for each in document["components"]["messages"].values()}
    for reference in references:
        assert places(document, *reference.removeprefix("#/").split("/"))
    for message in document["components"]["messages"].values():
        assert read(SCHEMAS / message["payload"]["$ref"])["properties"]["type"]["const"] == message["name"]
    assert document["components"]["messages"].keys() == {
        name for channel in document["channels"].values() for name in channel["messages"]
    }


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


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"time": "yesterday"}, "yesterday"),
        ({"time": "2026-07-01T12:00:00"}, "date-time"),
        ({"data": {}}, "required property"),
    ],
)
def test_the_schema_refuses_what_is_not_an_event(change: Json, fault: str) -> None:
    event = next(event for _, event in expected_events() if event["type"] == Message.TYPE) | change
    errors = list(Draft202012Validator(read(SCHEMAS / MESSAGE), format_checker=FORMATS).iter_errors(event))

    assert any(fault in error.message for error in errors)


# ---- What was published -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.v*.json")), ids=lambda path: path.stem)
def test_who_reads_by_the_published_schema_can_read_what_is_sent_now(path: Path) -> None:
    """If this fails: schemas/README.md says what may change within a version."""
    assert breaks(read(path), read(SCHEMAS / path.name)) == []


def test_who_reads_by_the_published_topics_finds_everything_there() -> None:
    assert topic_breaks(read(PUBLISHED / ASYNCAPI), read(SCHEMAS / ASYNCAPI)) == []


def fields(document: Json, of: str = "Message") -> Json:
    return places(document, "$defs", of, "properties")[0]


STRING, NULL = {"type": "string"}, {"type": "null"}
TOPICS: list[tuple[Callable[[Json], object], str]] = [
    (lambda new: new["channels"]["messages"]["messages"].pop("Unknown"), "Unknown is not on the topic messages"),
    (lambda new: new["channels"].pop("delivery"), "LinkClick is not on the topic delivery"),
    (lambda new: new["components"]["schemas"]["Attributes"]["properties"].pop("opt_out"), "$.opt_out is gone"),
]
BREAKING: list[tuple[Callable[[Json], object], str]] = [
    (lambda new: fields(new, "Number").pop("kind"), "$.data.sender.kind is gone"),
    (lambda new: new["$defs"]["Message"]["required"].remove("sender"), "$.data.sender"),
    (lambda new: fields(new).update(provider={"anyOf": [STRING, NULL]}), "$.data.provider may be null"),
    (lambda new: fields(new).update(text={}), "$.data.text may be anything"),
    (lambda new: fields(new, "Number")["kind"]["enum"].append("wap"), "enum was"),
    (lambda new: fields(new).update(received_at=STRING), "format was date-time"),
    (lambda new: fields(new).update(media={"type": "array", "items": STRING}), "$.data.media[] may be string"),
]


@pytest.mark.parametrize(("change", "named"), BREAKING + TOPICS, ids=[named for _, named in BREAKING + TOPICS])
def test_what_would_break_a_reader_or_a_subscription_is_named(change: Callable[[Json], object], named: str) -> None:
    of_topics = (change, named) in TOPICS
    old = read(SCHEMAS / (ASYNCAPI if of_topics else MESSAGE))
    new = copy.deepcopy(old)
    change(new)

    faults = topic_breaks(old, new) if of_topics else breaks(old, new)
    assert any(named in fault for fault in faults), faults


def test_a_new_field_breaks_nothing() -> None:
    old = read(SCHEMAS / MESSAGE)
    new = copy.deepcopy(old)
    fields(new).update(mood=STRING)

    assert breaks(old, new) == []
