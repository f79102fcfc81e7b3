"""AWS as far as the functions call it, by its wire protocols: JSON for SQS, DynamoDB and Parameter Store, the query
protocol (form in, XML out) for SNS, REST for S3. It holds a table, keeps what was queued and counts what was published.

What it does not know it refuses, so that no benchmark counts a call that was not answered.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from bench.table import ConditionFailed, written

_XML = "http://sns.amazonaws.com/doc/2010-03-31/"
_ENTRY = re.compile(r"PublishBatchRequestEntries\.(?:member|entry)\.(\d+)\.Id$")


@dataclass(frozen=True)
class Answer:
    """What is answered, and how many units AWS bills it as: DynamoDB's write units, elsewhere started 64 KB."""

    operation: str
    body: bytes = b""
    status: int = 200
    content_type: str = "application/x-amz-json-1.0"
    headers: Mapping[str, str] = field(default_factory=dict)
    units: int = 0


class Refusal(Exception):
    """An error that AWS answers."""

    def __init__(self, code: str, units: int = 0, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.units = units
        self.details = details


@dataclass
class Services:
    """What AWS holds."""

    parameters: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    queued: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request; the names of headers are in lower case."""
        if target := headers.get("x-amz-target"):
            return self._json(target.partition(".")[2], json.loads(body))
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self._query(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        if method == "PUT":
            etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
            return Answer("PutObject", content_type="application/xml", headers={"ETag": f'"{etag}"'})
        return Answer("Unknown", f"{method} {path}".encode(), 501, "text/plain")

    def _json(self, operation: str, request: dict[str, Any]) -> Answer:
        carry_out = self._operations().get(operation)
        if carry_out is None:
            return Answer(operation, _error("UnknownOperationException"), 400)
        try:
            answer, units = carry_out(request)
        except Refusal as refused:
            return Answer(operation, _error(refused.code, **refused.details), 400, units=refused.units)
        return Answer(operation, json.dumps(answer).encode(), units=units)

    def _operations(self) -> Mapping[str, Callable[[dict[str, Any]], tuple[dict[str, Any], int]]]:
        return {
            "GetParameter": self._get_parameter,
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_message_batch,
            "PutItem": self._write,
            "UpdateItem": self._write,
            "GetItem": lambda request: ({"Item": item} if (item := self._item(request)) else {}, 0),
        }

    def _get_parameter(self, request: dict[str, Any]) -> tuple[dict[str, Any], int]:
        name = request["Name"]
        if name not in self.parameters:
            raise Refusal("ParameterNotFound")
        return {"Parameter": {"Name": name, "Type": "SecureString", "Value": self.parameters[name]}}, 0

    def _send_message(self, request: dict[str, Any]) -> tuple[dict[str, Any], int]:
        return self._queue(request["MessageBody"]), chunks(len(request["MessageBody"].encode()))

    def _send_message_batch(self, request: dict[str, Any]) -> tuple[dict[str, Any], int]:
        entries = request["Entries"]
        size = sum(len(entry["MessageBody"].encode()) for entry in entries)
        taken = [{"Id": entry["Id"], **self._queue(entry["MessageBody"])} for entry in entries]
        return {"Successful": taken, "Failed": []}, chunks(size)

    def _queue(self, body: str) -> dict[str, str]:
        self.queued.append(body)
        md5 = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": md5}

    def _write(self, request: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Carry out a conditional write; one that is refused is billed, too."""
        table = self.tables.setdefault(request["TableName"], {})
        key = request["Item" if "Item" in request else "Key"]["id"]["S"]
        old = table.get(key, {})
        try:
            table[key] = written(old, request)
        except ConditionFailed:
            told = {"Item": old} if old and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
            raise Refusal("ConditionalCheckFailedException", units=write_units(old), **told) from None
        answer = {"Attributes": table[key]} if request.get("ReturnValues") == "ALL_NEW" else {}
        return answer, max(write_units(old), write_units(table[key]))

    def _item(self, request: dict[str, Any]) -> Any:
        return self.tables.get(request["TableName"], {}).get(request["Key"]["id"]["S"])

    def _query(self, form: dict[str, str]) -> Answer:
        match form.get("Action"):
            case "Publish":
                self.published.append(form["Message"])
                result = f"<MessageId>{uuid.uuid4()}</MessageId>"
            case "PublishBatch":
                result = f"<Failed/><Successful>{''.join(self._taken(form))}</Successful>"
            case other:
                return Answer(other or "Unknown", b"<ErrorResponse/>", 400, "text/xml")
        name = form["Action"]
        metadata = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        document = f'<{name}Response xmlns="{_XML}"><{name}Result>{result}</{name}Result>{metadata}</{name}Response>'
        return Answer(name, document.encode(), content_type="text/xml", units=chunks(_published_bytes(form)))

    def _taken(self, form: dict[str, str]) -> list[str]:
        members = []
        for name, own_id in form.items():
            if _ENTRY.match(name):
                self.published.append(form[f"{name.removesuffix('Id')}Message"])
                members.append(f"<member><Id>{escape(own_id)}</Id><MessageId>{uuid.uuid4()}</MessageId></member>")
        return members


def chunks(size: int) -> int:
    """Return what SQS and SNS bill for a payload of so many bytes: one request for each started 64 KB."""
    return max(1, -(-size // 65_536))


def write_units(item: Mapping[str, Any]) -> int:
    """DynamoDB's write request units: one for each started KB of the item, one at least.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return max(1, -(-sum(len(name.encode()) + _size(value) for name, value in item.items()) // 1024))


def _size(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    return len(str(content)) // 2 + 1 if kind == "N" else len(str(content).encode())


def _published_bytes(form: Mapping[str, str]) -> int:
    """Return the messages with their attributes."""
    return sum(len(value.encode()) for name, value in form.items() if "Message" in name)


def _error(code: str, **details: Any) -> bytes:
    return json.dumps({"__type": f"com.amazonaws#{code}", "message": code, **details}).encode()
