"""The protocols of AWS's services: JSON, Query (a form, with XML in response), and S3's XML errors.

https://smithy.io/2.0/aws/protocols/ (aws-json, aws-query, rest-xml)
"""

import json
import re
import string
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.parsers import expat

from aws_client.errors import MalformedResponse
from aws_client.http_messages import Response

_CODE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_AS_THEY_ARE = frozenset(f"{string.ascii_letters}{string.digits}-._~%".encode())  # in a form, after each % is escaped
_MAX_DEPTH = 20  # SNS's responses go down five


class Element(NamedTuple):
    """An element of an XML document."""

    tag: str
    children: "list[Element]"
    texts: list[str]

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.texts)

    def all(self, path: str) -> "Iterator[Element]":
        """Yield the elements under it at a path (`a/b/c`)."""
        tag, _, rest = path.partition("/")
        for child in self.children:
            if child.tag == tag:
                yield from child.all(rest) if rest else (child,)

    def dict(self) -> dict[str, str]:
        """Return the texts of its children by their names."""
        return {child.tag: child.text for child in self.children}


def read_json(response: Response) -> dict[str, Any]:
    """Return the object in a response; raise MalformedResponse."""
    try:
        value = json.loads(response.body or b"{}")
    except (ValueError, RecursionError):
        raise MalformedResponse from None
    if not isinstance(value, dict):
        raise MalformedResponse
    return value


def read_xml(response: Response) -> Element:
    """Return the root of the document in a response; raise MalformedResponse.

    A document type is refused, and with it all that makes XML dangerous (entities).
    """
    outermost = Element("", [], [])
    open_elements = [outermost]

    def begin(tag: str, _attributes: object) -> None:
        if len(open_elements) > _MAX_DEPTH:
            raise MalformedResponse
        element = Element(tag, [], [])
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def read(text: str) -> None:
        open_elements[-1].texts.append(text)

    def refuse(*_: object) -> None:
        raise MalformedResponse

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _tag: open_elements.pop()
    parser.CharacterDataHandler = read
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(response.body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise MalformedResponse from None
    return outermost.children[0]


def json_error(response: Response) -> tuple[str, Mapping[str, Any]]:
    """Return the code of an error, and what stands beside it."""
    try:
        details = read_json(response)
    except MalformedResponse:
        details = {}
    named = response.headers.get("x-amzn-errortype") or details.get("__type") or details.get("code")
    code = named if isinstance(named, str) else ""
    # `com.amazonaws.dynamodb.v20120810#ThrottlingException`, `ThrottlingException:http://internal.amazon.com/...`
    return _code(code.partition(":")[0].rpartition("#")[2], response), details


def xml_error(response: Response) -> tuple[str, Mapping[str, Any]]:
    """Return the code of an error of a Query service (`ErrorResponse/Error/Code`) or of S3 (`Error/Code`)."""
    try:
        root = read_xml(response)
    except MalformedResponse:
        return _code("", response), {}
    for error in (root, *root.all("Error")):
        for code in error.all("Code"):
            return _code(code.text.strip(), response), {}
    return _code("", response), {}


def _code(named: str, response: Response) -> str:
    """Return a code that is fit for a log; whatever is none may be anything, so the HTTP status takes its place."""
    return named if _CODE.fullmatch(named) else str(response.status)


def query_form(action: str, version: str, parameters: Mapping[str, Any]) -> bytes:
    """Return the form of a request to SNS: lists as `.member.1`, its map as `.entry.1.Name` and `.entry.1.Value`."""
    pairs = [("Action", action), ("Version", version)]
    for name, value in parameters.items():
        pairs.extend(_flat(name, value))
    return "&".join(f"{name}={_escaped(value)}" for name, value in pairs).encode("ascii")


def _escaped(value: str) -> str:
    """Percent-encode a value. urllib goes through it byte by byte, and takes a quarter of a batch for that."""
    written = value.encode().replace(b"%", b"%25")
    for byte in set(written).difference(_AS_THEY_ARE):
        written = written.replace(bytes((byte,)), b"%%%02X" % byte)
    return written.decode("ascii")


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for number, member in enumerate(value, 1):
            yield from _flat(f"{name}.member.{number}", member)
    elif name.endswith(".MessageAttributes"):
        for number, (key, member) in enumerate(value.items(), 1):
            yield f"{name}.entry.{number}.Name", key
            yield from _flat(f"{name}.entry.{number}.Value", member)
    else:
        for key, member in value.items():
            yield from _flat(f"{name}.{key}", member)
