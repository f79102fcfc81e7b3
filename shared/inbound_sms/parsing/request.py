"""A webhook request as API Gateway hands it over: method, URL, headers and bytes, to be read as a form or as JSON."""

import base64
import hashlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote_plus

from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Recovery
from inbound_sms.model import Model
from inbound_sms.parsing.body import Form, charset_of, plain, read_form, read_json, urlencoded_pairs
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.settings import ParseSettings

S = TypeVar("S", bound=Model)


class Fields(NamedTuple):
    """The fields of a request, whether they came in the query string, a form or a JSON object.

    `payload` is the same as `values`, but holds all values of a list in a form (`name[]`, or a name that repeats).
    """

    values: Mapping[str, Any]
    payload: Mapping[str, Any]


class Request(NamedTuple):
    """A request and what is known about its arrival. Header names are in lower case.

    `base_url` is the scheme and host that the provider called: as configured, or else the API's own domain; never
    taken from a forwarded header. `path` and `raw_query` are exactly as called. `route` is which of the provider's URLs
    was called ("" is the main one), and `path_secret` the segment of the path after it. `item` is the index of the item
    of a batch that is being read, and `only` the indexes that a replay is limited to. `confidential` holds the path
    secrets that are accepted at present, which no event may repeat. `may_be_changed` says that API Gateway handed the
    body over as text in which something is replaced by U+FFFD: bytes that weren't UTF-8 are lost.
    `stage` is that of this installation. `recovery` is how an operator got it back, if no webhook brought it just now.
    """

    provider: str
    body: bytes
    headers: dict[str, str]
    path_parameters: dict[str, str]
    received_at: datetime
    delivery_id: str
    settings: ParseSettings
    method: str = "POST"
    base_url: str = ""
    path: str = ""
    raw_query: str = ""
    source_ip: str = ""
    route: str = ""
    path_secret: str = ""
    authenticated_by: str = ""
    confidential: tuple[str, ...] = ()
    item: int | None = None
    only: frozenset[int] = frozenset()
    may_be_changed: bool = False
    provider_settings: Model | None = None
    stage: str = ""
    recovery: Recovery | None = None

    def __repr__(self) -> str:
        """Identify the request without showing any of its content."""
        return f"Request({self.provider!r}, delivery_id={self.delivery_id!r})"

    @property
    def url(self) -> str:
        """The URL, exactly as the provider called it."""
        return self.base_url + self.path + (f"?{self.raw_query}" if self.raw_query else "")

    @property
    def subpath(self) -> str:
        """The path below the provider's name, decoded."""
        return self.path_parameters.get("proxy", self.path_parameters.get("secret", "")).strip("/")

    @property
    def content_type(self) -> str:
        """The media type, in lower case and without parameters; empty if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the content type declares, if any."""
        return charset_of(self.headers.get("content-type", ""))

    @property
    def content_hash(self) -> str:
        """The SHA-256 over query string and body, in hexadecimal: the same in every retry that repeats them."""
        if not self.raw_query:
            return hashlib.sha256(self.body).hexdigest()
        return hash_of(self.raw_query.encode("utf-8", "surrogatepass"), self.body)

    def settings_of(self, model: type[S]) -> S:
        """Return the provider's own settings: those from the environment, or else the defaults of `model`."""
        return self.provider_settings if isinstance(self.provider_settings, model) else model()

    @property
    def content(self) -> bytes:
        """The body without content encoding and byte order mark, in UTF-8 where it was UTF-16 or UTF-32.

        Raises InvalidPayload. A signature covers `body`.
        """
        encoding = self.headers.get("content-encoding", "")
        return plain(self.body, encoding.strip(), self.settings.max_body_bytes)

    def starts_with(self, *firsts: bytes) -> bool:
        """Return whether the body's first character, after white space, is one of these. Raises InvalidPayload.

        What a body plainly is beats its content type.
        """
        return self.content.lstrip()[:1] in firsts

    def json(self) -> Any:
        """Read the body as JSON of any type, whatever the content type. Raises InvalidPayload."""
        return read_json(self.content, self.charset)

    def json_object(self) -> dict[str, Any]:
        """Read the body as a JSON object, whatever the content type. Raises InvalidPayload."""
        value = self.json()
        if not isinstance(value, dict):
            raise InvalidPayload("not a JSON object")
        return value

    def form(self, lists: Collection[str] = ()) -> Form:
        """Read the body as a form, URL-encoded unless it clearly is multipart/form-data. Raises InvalidPayload.

        `lists` names the fields that may repeat.
        """
        content_type = self.headers.get("content-type", "")
        return read_form(self.content, content_type, self.charset, self.settings.form_fallback_charset, lists)

    def query(self, lists: Collection[str] = ()) -> Form:
        """Read the query string as a form. `lists` names the fields that may repeat. Raises InvalidPayload."""
        raw = self.raw_query.encode("utf-8", "surrogatepass")
        return read_form(raw, "", None, self.settings.form_fallback_charset, lists)

    def fields(self, lists: Collection[str] = ()) -> Fields:
        """Read the fields of the query string (GET), a JSON object or a form. Raises InvalidPayload.

        `lists` names the fields that may repeat: `payload` then holds all their values.
        """
        if self.method == "GET":
            form = self.query(lists)
        elif self.starts_with(b"{"):
            values = self.json_object()
            return Fields(values, values)
        else:
            form = self.form(lists)
        return Fields(form.text, form.payload)

    def pairs(self, *, of_query: bool | None = None) -> list[tuple[str, str]]:
        """Return the names and values of the URL-encoded form (for GET, of the query string) in order, as signed.

        Never raises, whatever the bytes are; those that aren't UTF-8 are replaced. `of_query` overrides the choice by
        method.
        """
        is_query = self.method == "GET" if of_query is None else of_query
        raw = self.raw_query.encode("utf-8", "surrogatepass") if is_query else self.body
        return [
            (name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in urlencoded_pairs(raw)
        ]

    def without_secrets(self, headers: frozenset[str], fields: frozenset[str]) -> "Request":
        """Return the request as it may be stored: without these headers and query parameters."""
        kept = {name: value for name, value in self.headers.items() if name not in headers}
        parts = [part for part in self.raw_query.split("&") if unquote_plus(part.partition("=")[0]) not in fields]
        return self._replace(headers=kept, raw_query="&".join(parts))


def request_from_event(
    event: object, *, provider: str, received_at: datetime, delivery_id: str, settings: ParseSettings
) -> Request:
    """Return the request in an event of API Gateway's HTTP API (payload format 2.0).

    Malformed parts are left out, and nothing is raised: they can't authenticate anyone, and an error would result in
    a 503.
    """
    members = _mapping(event)
    context = _mapping(members.get("requestContext"))
    http = _strings(context.get("http"))
    domain = context.get("domainName")
    return Request(
        provider=provider,
        body=_body(members.get("body"), members.get("isBase64Encoded")),
        headers={name.lower(): value for name, value in _strings(members.get("headers")).items()},
        path_parameters=_strings(members.get("pathParameters")),
        received_at=received_at,
        delivery_id=delivery_id,
        settings=settings,
        method=http.get("method", "POST").upper(),
        base_url=f"https://{domain}" if isinstance(domain, str) else "",
        path=_string(members.get("rawPath")),
        raw_query=_string(members.get("rawQueryString")),
        source_ip=http.get("sourceIp", ""),
        may_be_changed=not members.get("isBase64Encoded") and "\ufffd" in _string(members.get("body")),
    )


def request_id_of(event: object) -> str:
    """Return API Gateway's id of a request, which its access log and the header `apigw-requestid` name, too."""
    return _string(_mapping(_mapping(event).get("requestContext")).get("requestId"))


def request_from_record(body: bytes, record: dict[str, Any], settings: ParseSettings) -> Request:
    """Return a quarantined request as it was when it arrived. Raises InvalidPayload if its record is damaged."""
    try:
        return Request(
            provider=record["provider"],
            body=body,
            headers=record["headers"],
            path_parameters={},
            received_at=datetime.fromisoformat(record["received_at"]),
            delivery_id=record["delivery_id"],
            settings=settings,
            authenticated_by=record["authenticated_by"],
            method=record.get("method", "POST"),
            route=record.get("route", ""),
            raw_query=record.get("query", ""),
            only=frozenset(item["item"] for item in record.get("items", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidPayload(f"the record beside the body is damaged: {type(error).__name__}") from None


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: object) -> dict[str, str]:
    return {name: item for name, item in _mapping(value).items() if isinstance(item, str)}


def _body(body: object, is_base64: object) -> bytes:
    """Return the bytes that were sent; a body that isn't the Base64 it claims to be, as it is, for the quarantine."""
    text = _string(body)
    if is_base64:
        with suppress(ValueError):
            return base64.b64decode(text)
    return text.encode("utf-8", "surrogatepass")
