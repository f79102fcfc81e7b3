"""Write schemas/: what subscribers may rely on, made of the models in inbound_sms.events.

    python -m schemas.make

One JSON Schema (2020-12) for each type of event, and one AsyncAPI 3 document for the two topics.
"""

import json
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, create_model
from pydantic.json_schema import GenerateJsonSchema

from inbound_sms.events import Data, Event
from inbound_sms.events.all import EVENT_DATA
from inbound_sms.publishing.publisher import DELIVERY_TYPES

Json = dict[str, Any]

SCHEMAS = Path(__file__).parent
ASYNCAPI = "asyncapi.json"

ATTRIBUTES = {
    "type": "The event's type",
    "provider": "The provider's name",
    "account": "The provider's account, where it names one",
    "sender": "Who sent the text: +digits, or as the provider wrote it",
    "recipient": "Whom it was sent to, in the same way",
    "opt_out": "`true` where a message or a change of consent says that the person doesn't want to be texted any more, "
    "else `false`; absent from other events",
    "consent": "`opt_out`, `opt_in` or `help`, where a message or a change of consent says one of these",
    "country_code": "Country calling code of the person's number, without the plus: of the sender of a message, of the "
    "recipient of a report; absent where the number is not in E.164",
    "first_word": "The first word of a message, in lower case, without punctuation around it, 64 characters at most",
    "route": "The name that the parameter Routes gives to our number",
}


class _Schema(GenerateJsonSchema):
    """As pydantic makes it, without a title on every field."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic passes it
        return False


def event_schema(data: type[Data]) -> Json:
    """Return the schema of one type of event, as it is written: `schemas/<type>.json`."""

    class Required(Event):
        model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    model = create_model(
        f"{data.__name__}Event", __base__=Required, __doc__=data.__doc__, type=Literal[data.TYPE], data=data
    )
    made = model.model_json_schema(mode="serialization", schema_generator=_Schema)
    made["properties"]["subject"] = {
        "type": "string",
        "minLength": 1,
        "description": "Our number (of a message) or the recipient (of a report); absent where nobody knows it",
    }
    made["properties"]["source"]["format"] = "uri-reference"
    made["required"].remove("subject")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def asyncapi() -> Json:
    """Return the document of the topics: which events on which, and with which attributes."""
    in_reports = [data for data in EVENT_DATA if data.TYPE.startswith(DELIVERY_TYPES)]
    topics = {
        "messages": ("MessagesTopicArn", [data for data in EVENT_DATA if data not in in_reports]),
        "delivery": ("DeliveryTopicArn", in_reports),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Inbound SMS Gateway",
            "version": "1.0.0",
            "description": "Every text that your numbers receive, from whichever provider, once, in one shape. "
            "The version is that of the contract: see README.md beside this file for what may change within it.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(output, events) for name, (output, events) in topics.items()},
        "operations": {
            f"{name}Published": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in topics
        },
        "components": {
            "messages": {data.__name__: _message(data) for data in EVENT_DATA},
            "schemas": {
                "Attributes": {
                    "type": "object",
                    "description": "Message attributes, to filter by; one without a value is absent",
                    "required": ["type", "provider"],
                    "properties": {
                        name: {"type": "string", "maxLength": 256, "description": description}
                        for name, description in ATTRIBUTES.items()
                    },
                }
            },
        },
    }


def _channel(output: str, events: list[type[Data]]) -> Json:
    return {
        "address": None,
        "description": f"An Amazon SNS topic; its ARN is the stack's output {output}",
        "messages": {data.__name__: {"$ref": f"#/components/messages/{data.__name__}"} for data in events},
    }


def _message(data: type[Data]) -> Json:
    return {
        "name": data.TYPE,
        "summary": data.__doc__,
        "headers": {"$ref": "#/components/schemas/Attributes"},
        "payload": {"$ref": f"./{data.TYPE}.json"},
    }


def documents() -> dict[str, Json]:
    """Return what is in schemas/, by file name."""
    return {f"{data.TYPE}.json": event_schema(data) for data in EVENT_DATA} | {ASYNCAPI: asyncapi()}


def main() -> None:
    """Write the files."""
    for name, document in documents().items():
        (SCHEMAS / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"schemas/{name}\n")


if __name__ == "__main__":
    main()
