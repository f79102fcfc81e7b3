"""AWS's protocols, as far as somebody on the way can read them: which request it is, and how each service says no."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from verification.chaos.faults import Fault

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9]+)/aws4_request")
_PUBLISHED = re.compile(r"<Successful>.*?</Successful>", re.DOTALL)
_ENTRY_ID = re.compile(r"<Id>([^<]*)</Id>")


@dataclass(frozen=True)
class Call:
    """A request to AWS: `events` are the ids of the events that it concerns, `documents` those that it carries, in so
    many `entries`; in place of an event that was joined its parts.
    """

    service: str
    operation: str
    events: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    entries: int = 0


def read(method: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Read a request. The service is in the signature (AWS Signature Version 4: the credential scope)."""
    scope = _SCOPE.search(headers.get("authorization", ""))
    service = scope[1] if scope else "unknown"
    if target := headers.get("x-amz-target"):
        return _json_call(service, target.rpartition(".")[2], json.loads(body))
    if "form" in headers.get("content-type", ""):
        return _query_call(service, dict(parse_qsl(body.decode(), keep_blank_values=True)))
    return Call(service, f"{method.capitalize()}Object" if service == "s3" else method)


def _json_call(service: str, operation: str, parameters: dict[str, Any]) -> Call:
    match operation:
        case "PutItem":
            return Call(service, operation, (parameters["Item"]["id"]["S"],))
        case "UpdateItem":
            return Call(service, operation, (parameters["Key"]["id"]["S"],))
        case "SendMessage":
            return _carrying(service, operation, parameters["MessageBody"])
        case "SendMessageBatch":
            return _carrying(service, operation, *(entry["MessageBody"] for entry in parameters["Entries"]))
        case _:
            return Call(service, operation)


def _query_call(service: str, parameters: dict[str, str]) -> Call:
    carried = (value for name, value in parameters.items() if name.rpartition(".")[2] in {"Message", "MessageBody"})
    return _carrying(service, parameters.get("Action", ""), *carried)


def _carrying(service: str, operation: str, *documents: str) -> Call:
    carried = [each for document in documents for each in contained(document)]
    ids, each = (tuple(of) for of in zip(*carried, strict=True)) if carried else ((), ())
    return Call(service, operation, ids, each, len(documents))


def contained(document: str) -> list[tuple[str, str]]:
    """Return id and document of an event; of each of its parts, if it was joined from them."""
    event = json.loads(document)
    parts = event.get("data", {}).get("parts", [])
    if not parts:
        return [(str(event["id"]), document)]
    return [(part["id"], json.dumps({"under": event["id"], **part}, sort_keys=True)) for part in parts]


def all_published(call: Call, answer: bytes) -> bool:
    """Return whether SNS's answer to PublishBatch names every entry as successful."""
    successful = _PUBLISHED.search(answer.decode())
    return successful is not None and len(_ENTRY_ID.findall(successful[0])) == call.entries


# ---- How each service says no ----------------------------------------------------------------------------------------

_JSON_TYPES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#", "sqs": "com.amazonaws.sqs#", "ssm": ""}
_THROTTLING = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "sqs": (403, "RequestThrottled"),
    "ssm": (400, "ThrottlingException"),
    "sns": (400, "Throttling"),
    "s3": (503, "SlowDown"),
}
_FAILING = {
    "dynamodb": (500, "InternalServerError"),
    "sqs": (500, "InternalError"),
    "ssm": (500, "InternalServerError"),
    "sns": (500, "InternalFailure"),
    "s3": (500, "InternalError"),
}


def refusal(service: str, fault: Fault) -> tuple[int, str, bytes]:
    """Return status, content type and body of the error that a service answers."""
    known = _THROTTLING if fault is Fault.THROTTLED else _FAILING
    status, code = known.get(service, (500, "InternalFailure"))
    said = f"injected: {HTTPStatus(status).phrase}"
    if service in _JSON_TYPES:
        document = {"__type": _JSON_TYPES[service] + code, "message": said}
        return status, "application/x-amz-json-1.0", json.dumps(document).encode()
    error = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>"
    if service == "s3":
        return status, "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>{error}'.encode()
    return status, "text/xml", f"<ErrorResponse>{error}<RequestId>injected</RequestId></ErrorResponse>".encode()
