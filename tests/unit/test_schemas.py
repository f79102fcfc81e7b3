"""The contract as it is published: valid, what the models say, what the events are, and no break with what was."""

import copy
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from inbound_sms.events import EVENT_DATA, Data, Message
from inbound_sms.publishing.message_attributes import message_attributes
from inbound_sms.publishing.queued import read_event
from schemas.make import ASYNCAPI, ATTRIBUTES, SCHEMAS, Json, documents
from tests.support.compatible import breaks, topic_breaks
from tests.support.providers import expected_events

PUBLISHED = SCHEMAS / "published"
MESSAGE = f"{Message.TYPE}.json"
TYPES = [f"{data.TYPE}.json" for data in EVENT_DATA]

FORMATS = FormatChecker([])
FORMATS.checks("date-time", raises=ValueError)(
    lambda time: not isinstance(time, str) or bool(datetime.fromisoformat(time).tzinfo)
)

_TEXT, _REFERENCE = {"type": "string"}, {"$ref": "#/$defs/reference"}
# What we use of AsyncAPI 3.0.0, by its specification; `npx @asyncapi/cli validate schemas/asyncapi.json` checks all.
ASYNCAPI_3 = {
    "type": "object",
    "required": ["asyncapi", "info"],
    "additionalProperties": False,
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {
            "required": ["title", "version"],
            "additionalProperties": False,
            "properties": {
                **dict.fromkeys(("title", "version", "description"), _TEXT),
                "license": {"required": ["name"], "properties": {"name": _TEXT, "url": _TEXT}},
            },
        },
        "defaultContentType": _TEXT,
        "channels": {
            "additionalProperties": {
                "additionalProperties": False,
                "properties": {
                    "address": {"type": ["string", "null"]},
                    "description": _TEXT,
                    "messages": {"additionalProperties": _REFERENCE},
                },
            }
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel"],
                "additionalProperties": False,
                "properties": {"action": {"enum": ["send", "receive"]}, "channel": _REFERENCE},
            }
        },
        "components": {
            "additionalProperties": False,
            "properties": {
                "schemas": {"type": "object"},
                "messages": {
                    "additionalProperties": {
                        "additionalProperties": False,
                        "properties": {"name": _TEXT, "summary": _TEXT, "headers": _REFERENCE, "payload": _REFERENCE},
                    }
                },
            },
        },
    },
    "$defs": {"reference": {"required": ["$ref"], "additionalProperties": False, "properties": {"$ref": _TEXT}}},
}


def read(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_every_type_of_event_has_its_schema() -> None:
    assert set(EVENT_DATA) == {each for each in Data.__subclasses__() if each.__module__ == Data.__module__}
    assert {path.name for path in SCHEMAS.glob("*.json")} == set(documents())


@pytest.mark.parametrize("name", documents())
def test_the_file_is_what_the_models_say(name: str) -> None:
    """If this fails: make schemas."""
    assert read(SCHEMAS / name) == documents()[name]


@pytest.mark.parametrize("name", TYPES)
def test_the_schema_is_valid(name: str) -> None:
    Draft202012Validator.check_schema(read(SCHEMAS / name))


def test_the_asyncapi_document_is_valid_and_its_references_lead_somewhere() -> None:
    document = read(SCHEMAS / ASYNCAPI)
    Draft202012Validator(ASYNCAPI_3).validate(document)

    references = {place["$ref"] for each in document["channels"].values() for place in each["messages"].values()}
    references |= {each["channel"]["$ref"] for each in document["operations"].values()}
    references |= {each["headers"]["$ref"] for each in document["components"]["messages"].values()}
    for reference in references:
        place = document
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
    for message in document["components"]["messages"].values():
        assert read(SCHEMAS / message["payload"]["$ref"])["properties"]["type"]["const"] == message["name"]
    assert document["components"]["messages"].keys() == {
        name for channel in document["channels"].values() for name in channel["messages"]
    }


@pytest.mark.parametrize("event", [pytest.param(event, id=name) for name, event in expected_events()])
def test_every_event_is_what_its_schema_and_the_attributes_say(event: Json) -> None:
    schema = read(SCHEMAS / f"{event['type']}.json")

    Draft202012Validator(schema, format_checker=FORMATS).validate(event)
    known = schema["$defs"][schema["properties"]["data"]["$ref"].split("/")[-1]]["properties"]
    assert set(event["data"]) == set(known) - {"provider_payload_ref"}, "which only a large event has"
    assert set(message_attributes(read_event(json.dumps(event)), {})) <= set(ATTRIBUTES)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"time": "yesterday"}, "yesterday"),
        ({"time": "2026-07-01T12:00:00"}, "date-time"),
        ({"subject": None}, "None"),
        ({"type": "inbound-sms.unknown.v1"}, "const|was expected"),
        ({"data": {}}, "required property"),
    ],
)
def test_the_schema_refuses_what_is_not_an_event(change: Json, fault: str) -> None:
    event = next(event for _, event in expected_events() if event["type"] == Message.TYPE) | change
    errors = list(Draft202012Validator(read(SCHEMAS / MESSAGE), format_checker=FORMATS).iter_errors(event))

    assert any(part in error.message for error in errors for part in fault.split("|"))


# ---- What was published -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.v*.json")), ids=lambda path: path.stem)
def test_who_reads_by_the_published_schema_can_read_what_is_sent_now(path: Path) -> None:
    """If this fails: schemas/README.md says what may change within a version."""
    assert breaks(read(path), read(SCHEMAS / path.name)) == []


def test_who_reads_by_the_published_topics_finds_everything_there() -> None:
    assert topic_breaks(read(PUBLISHED / ASYNCAPI), read(SCHEMAS / ASYNCAPI)) == []


def at(document: Json, *path: str) -> Json:
    for part in path:
        document = document[part]
    return document


def fields(document: Json, of: str = "Message") -> Json:
    return at(document, "$defs", of, "properties")


def replaced(name: str, schema: Any, of: str = "Message") -> Callable[[Json], object]:
    return lambda document: fields(document, of).update({name: schema})


STRING, NULL, NUMBER = {"type": "string"}, {"type": "null"}, {"$ref": "#/$defs/Number"}
FREE: list[tuple[str, Callable[[Json], object]]] = [
    ("a new field", replaced("mood", STRING)),
    ("a new field of a number", replaced("carrier", {"anyOf": [STRING, NULL]}, "Number")),
    ("never null any more", replaced("text", STRING)),
    ("always there now", lambda document: at(document, "$defs", "Message")["required"].append("text")),
    ("another description", replaced("provider", STRING | {"description": "who", "default": "x"})),
    ("anything becomes text", replaced("provider_payload", STRING)),
    ("a limit that was not there", replaced("provider", STRING | {"maxLength": 3})),
]
BREAKING: list[tuple[str, Callable[[Json], object], str]] = [
    ("gone", lambda document: fields(document).pop("text"), "$.data.text is gone"),
    ("gone inside", lambda document: fields(document, "Number").pop("kind"), "$.data.sender.kind is gone"),
    ("may be missing", lambda document: at(document, "$defs", "Message")["required"].remove("sender"), "$.data.sender"),
    ("may be null", replaced("provider", {"anyOf": [STRING, NULL]}), "$.data.provider may be null"),
    ("a number may be null", replaced("sender", {"anyOf": [NUMBER, NULL]}), "$.data.sender may be null"),
    ("another type", replaced("segments", {"anyOf": [STRING, NULL]}), "$.data.segments may be string"),
    ("one more type", replaced("text", {"anyOf": [STRING, NULL, {"type": "integer"}]}), "$.data.text may be integer"),
    ("anything", replaced("text", {}), "$.data.text may be anything"),
    ("one more value", lambda document: at(fields(document, "Number"), "kind", "enum").append("wap"), "values were"),
    ("one value less", lambda document: at(fields(document, "Number"), "kind", "enum").remove("e164"), "values were"),
    ("any value", replaced("kind", STRING, "Number"), "values were"),
    ("another format", replaced("received_at", STRING), "format was 'date-time', and is None"),
    ("another list", replaced("media", {"type": "array", "items": STRING}), "$.data.media[] may be string"),
    ("any list", replaced("media", {"type": "array"}), "$.data.media[] may be anything"),
    ("another constant", lambda document: document["properties"]["specversion"].update(const="2.0"), "['2.0']"),
]


@pytest.mark.parametrize("change", [case[1] for case in FREE], ids=[case[0] for case in FREE])
def test_what_may_change(change: Callable[[Json], object]) -> None:
    old = read(SCHEMAS / MESSAGE)
    new = copy.deepcopy(old)
    change(new)

    assert new != old
    assert breaks(old, new) == []


@pytest.mark.parametrize(("change", "named"), [case[1:] for case in BREAKING], ids=[case[0] for case in BREAKING])
def test_what_would_break_a_reader_is_named(change: Callable[[Json], object], named: str) -> None:
    old = read(SCHEMAS / MESSAGE)
    new = copy.deepcopy(old)
    change(new)

    assert any(named in fault for fault in breaks(old, new)), breaks(old, new)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda new: new["channels"]["messages"]["messages"].pop("Unknown"), "Unknown is not on the topic messages"),
        (lambda new: new["channels"].pop("delivery"), "LinkClick is not on the topic delivery"),
        (lambda new: at(new, "components", "schemas", "Attributes", "properties").pop("opt_out"), "$.opt_out is gone"),
    ],
)
def test_what_would_break_a_subscription_is_named(change: Callable[[Json], object], named: str) -> None:
    old = read(SCHEMAS / ASYNCAPI)
    new = copy.deepcopy(old)
    change(new)

    assert any(named in fault for fault in topic_breaks(old, new))
