"""One webhook request as the provider sent it: method, URL, headers and exact bytes, read as a form or as JSON."""

import base64
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from inbound_sms.errors import InvalidPayload
from inbound_sms.model import Model
from inbound_sms.parsing.body import Form, charset_of, read_form, read_json, read_json_object, urlencoded_pairs
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.settings import ParseSettings

S = TypeVar("S", bound=Model)


class Fields(NamedTuple):
    """The fields of a request, whether they came in the query, a form or a JSON object, and the payload as it was sent.

    `values` holds the last value of a name that repeats; `payload` holds all of them.
    """

    values: Mapping[str, Any]
    payload: Mapping[str, Any]


class Request(NamedTuple):
    """A request, and what is known about its arrival. Header names are in lower case.

    `base_url` is the scheme and host that the provider called: configured, or the API's own domain; never a forwarded
    header. `path` and `raw_query` are as they were called. `route` says which of the provider's URLs it was ("" for the
    main one), `path_secret` what stood in the path after it. `item` is the index of the item of a batch that is being
    read, `only` the items that a replay asks for. `confidential` holds the path secrets in force, which no event may
    repeat.
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
    provider_settings: Model | None = None

    def __repr__(self) -> str:
        """Name the request, and show nothing of what was sent."""
        return f"Request({self.provider!r}, delivery_id={self.delivery_id!r})"

    @property
    def url(self) -> str:
        """The URL as the provider called it."""
        return self.base_url + self.path + (f"?{self.raw_query}" if self.raw_query else "")

    @property
    def below(self) -> str:
        """What stands in the path below the provider's name, decoded."""
        return self.path_parameters.get("proxy", self.path_parameters.get("secret", "")).strip("/")

    @property
    def content_type(self) -> str:
        """The media type, in lower case, without parameters; empty where none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the content type declares."""
        return charset_of(self.headers.get("content-type", ""))

    @property
    def content_hash(self) -> str:
        """A SHA-256 over what was sent, in hexadecimal: the same in every retry of the same bytes."""
        if not self.raw_query:
            return hashlib.sha256(self.body).hexdigest()
        return hash_of(self.raw_query.encode("utf-8", "surrogatepass"), self.body)

    def settings_of(self, model: type[S]) -> S:
        """Return the provider's own settings, those of the environment or else the model's defaults."""
        return self.provider_settings if isinstance(self.provider_settings, model) else model()

    def json(self) -> Any:
        """Read the body as JSON of any type, whatever the content type; raises InvalidPayload."""
        return read_json(self.body, self.charset)

    def json_object(self) -> dict[str, Any]:
        """Read the body as a JSON object, whatever the content type; raises InvalidPayload."""
        return read_json_object(self.body, self.charset)

    def form(self) -> Form:
        """Read the body as a form, URL-encoded unless it surely is multipart/form-data; raises InvalidPayload."""
        content_type = self.headers.get("content-type", "")
        return read_form(self.body, content_type, self.charset, self.settings.form_fallback_charset)

    def query(self) -> Form:
        """Read the query as a form; raises InvalidPayload."""
        raw = self.raw_query.encode("utf-8", "surrogatepass")
        return read_form(raw, "", None, self.settings.form_fallback_charset)

    def fields(self) -> Fields:
        """Read the fields of the query (GET), of a JSON object, or of a form; raises InvalidPayload."""
        if self.method == "GET":
            form = self.query()
        elif self.body.lstrip()[:1] == b"{":
            document = self.json_object()
            return Fields(document, document)
        else:
            form = self.form()
        return Fields(form.text, form.payload)

    def pairs(self, *, of_query: bool | None = None) -> list[tuple[str, str]]:
        """Return the names and values of the URL-encoded form (of the query, for a GET), in order, to verify a
        signature over them. Never raises: what isn't UTF-8 is replaced, and a body that is no form gives what there is.
        """
        is_query = self.method == "GET" if of_query is None else of_query
        raw = self.raw_query.encode("utf-8", "surrogatepass") if is_query else self.body
        return [
            (name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in urlencoded_pairs(raw)
        ]

    def without_secrets(self, headers: frozenset[str], fields: frozenset[str]) -> "Request":
        """Return the request without these headers and parameters of the query, as it may be stored."""
        kept = {name: value for name, value in self.headers.items() if name not in headers}
        parts = [part for part in self.raw_query.split("&") if part.partition("=")[0] not in fields]
        return self._replace(headers=kept, raw_query="&".join(parts))


def request_from_event(
    event: object,
    *,
    provider: str,
    received_at: datetime,
    delivery_id: str,
    settings: ParseSettings,
) -> Request:
    """Take API Gateway's HTTP API event (payload format 2.0) and return the request in it.

    What isn't as it should be is left out and raises nothing: it proves nobody, and an error would be answered 503.
    """
    said = _object(event)
    context = _object(said.get("requestContext"))
    http = _texts(context.get("http"))
    domain = context.get("domainName")
    return Request(
        provider=provider,
        body=_body(said.get("body"), said.get("isBase64Encoded")),
        headers={name.lower(): text for name, text in _texts(said.get("headers")).items()},
        path_parameters=_texts(said.get("pathParameters")),
        received_at=received_at,
        delivery_id=delivery_id,
        settings=settings,
        method=http.get("method", "POST").upper(),
        base_url=f"https://{domain}" if isinstance(domain, str) else "",
        path=_text(said.get("rawPath")),
        raw_query=_text(said.get("rawQueryString")),
        source_ip=http.get("sourceIp", ""),
    )


def request_from_record(body: bytes, record: dict[str, Any], settings: ParseSettings) -> Request:
    """Return a request as it was when it was quarantined; raises InvalidPayload where its record is damaged."""
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


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in _object(value).items() if isinstance(text, str)}


def _body(body: object, is_base64: object) -> bytes:
    """Return the bytes that were sent. What is said to be Base64 and isn't stays as it is, for the quarantine."""
    text = _text(body)
    if is_base64:
        with suppress(ValueError):
            return base64.b64decode(text)
    return text.encode("utf-8", "surrogatepass")
