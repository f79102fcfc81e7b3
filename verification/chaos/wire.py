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
    if operation in {"PutItem", "UpdateItem"}:
        item = parameters.get("Item") or parameters["Key"]
        return Call(service, operation, (item["id"]["S"],))
    entries = parameters.get("Entries", [parameters])
    return _carrying(service, operation, *(each["MessageBody"] for each in entries if "MessageBody" in each))


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
    data = event.get("data", {})
    if not data.get("parts"):
        return [(str(event["id"]), document)]
    joined = {"under": event["id"], "whole_text": data.get("text")}  # comes last: a part's own text is before it
    return [(part["id"], json.dumps(joined | part, sort_keys=True)) for part in data["parts"]]


def all_published(call: Call, answer: bytes) -> bool:
    """Return whether SNS's answer to PublishBatch names every entry as successful."""
    successful = _PUBLISHED.search(answer.decode())
    return successful is not None and len(_ENTRY_ID.findall(successful[0])) == call.entries


# ---- How each service says no ----------------------------------------------------------------------------------------

Answer = tuple[int, list[tuple[str, str]], bytes]  # status, headers, body
_JSON_TYPES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#", "sqs": "com.amazonaws.sqs#", "ssm": ""}
_REFUSALS = {  # status and code where it throttles; the code of its own failure, a 500
    "dynamodb": (400, "ProvisionedThroughputExceededException", "InternalServerError"),
    "sqs": (403, "RequestThrottled", "InternalError"),
    "ssm": (400, "ThrottlingException", "InternalServerError"),
    "sns": (400, "Throttling", "InternalFailure"),
    "s3": (503, "SlowDown", "InternalError"),
}


def refusal(service: str, fault: Fault) -> Answer:
    """Return the error that a service answers."""
    status, throttling, failing = _REFUSALS[service]
    status, code = (status, throttling) if fault is Fault.THROTTLED else (500, failing)
    said = f"injected: {HTTPStatus(status).phrase}"
    error = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>"
    if service in _JSON_TYPES:
        type_, body = "application/x-amz-json-1.0", json.dumps({"__type": _JSON_TYPES[service] + code, "message": said})
    elif service == "s3":
        type_, body = "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>{error}'
    else:
        type_, body = "text/xml", f"<ErrorResponse>{error}<RequestId>injected</RequestId></ErrorResponse>"
    return status, [("Content-Type", type_)], body.encode()
