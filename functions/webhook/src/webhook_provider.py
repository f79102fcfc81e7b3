"""Builds an ordinary `Provider` from a document."""

from inbound_sms.api import (
    Basic,
    CustomHeader,
    Event,
    Ignored,
    InvalidPayload,
    OAuth2,
    Parsed,
    PathSecret,
    Provider,
    Request,
    Response,
    Scheme,
    StaticAuthorization,
    delivery_report,
    each_item,
    hash_of,
    message,
    unknown,
)
from inbound_sms.parsing.udh import concatenation

from collections.abc import Mapping
from typing import Any, NamedTuple

from webhook_document import Document, Message, Report
from webhook_fields import (
    decoded,
    found,
    holds,
    identifier_at,
    identity_at,
    integer_at,
    media_at,
    number_at,
    parts_at,
    required_text,
    text_at,
    time_at,
)

_SCHEMES: dict[str, Scheme] = {
    "path_secret": PathSecret(),
    "basic": Basic(),
    "header": CustomHeader(),
    "authorization": StaticAuthorization(),
    "oauth2": OAuth2(),
}
_ERRORS = {"refused": 401, "not_found": 404, "not_allowed": 405, "too_large": 413, "failed": 503}

Payload = Mapping[str, Any]


def provider_of(name: str, document: Document) -> Provider:
    """Return the provider that a document describes."""
    told = document.response
    success = Response(told.status, told.body, told.content_type)
    signature = document.hmac or document.jwt
    probes = frozenset(document.probes)
    provider = Provider(
        name=name,
        parse=_Reader(document).parse,
        schemes=(
            *(_SCHEMES[each] for each in document.authentication),
            *((signature.scheme(),) if signature else ()),
        ),
        methods=tuple(document.methods),
        preflight=(lambda request: success if _is_probe(request, probes) else None) if probes else None,
        account=(lambda request: text_at(request.fields().values, document.account)) if document.account else None,
        accepted=success,
        quarantined=success,
    )
    errors: dict[str, Any] = {name: Response(status, "", told.content_type) for name, status in _ERRORS.items()}
    return provider._replace(**errors) if told.empty_errors else provider


def _is_probe(request: Request, methods: frozenset[str]) -> bool:
    """Return whether a request only asks if the URL is there: it brings nothing that could be a message."""
    return request.method in methods and not request.raw_query and not request.body.strip()


class _Reader(NamedTuple):
    """Reads requests as a document says."""

    document: Document

    def parse(self, request: Request) -> list[Parsed]:
        """Read one request."""
        document = self.document
        if document.fallback_charset:
            settings = request.settings.model_copy(update={"form_fallback_charset": document.fallback_charset})
            request = request._replace(settings=settings)
        if document.items is not None:
            body = request.json()
            items = found(body, [document.items]) if document.items else body
            return each_item(request, items, lambda one, item: self._event(one, item, item))
        if document.fields_in == "query":
            form = request.query(document.lists)
            return [self._event(request, form.text, form.payload)]
        fields, payload = request.fields(document.lists)
        return [self._event(request, fields, payload)]

    def _event(self, request: Request, fields: Payload, payload: Payload) -> Event | Ignored:
        document = self.document
        for each in document.ignore:
            if holds(fields, each.when):
                return Ignored(each.reason)
        report, text = document.report, document.message
        if report and (holds(fields, report.when) if report.when else not holds(fields, text.when or ())):
            return self._report(request, fields, payload, report)
        if not text.when or holds(fields, text.when):
            return self._message(request, fields, payload, text)
        telling = [document.kind, *(each.field for each in (*text.when, *((report and report.when) or ())))]
        if all(found(fields, each) is None for each in telling):
            raise InvalidPayload("nothing says what kind of callback it is", text.when[0].field[0])
        return unknown(request, payload=payload, provider_type=text_at(fields, document.kind))

    def _message(self, request: Request, fields: Payload, payload: Payload, rules: Message) -> Event:
        own_id = _identity(request, fields, rules)
        _require_content(fields, rules)
        text, binary = decoded(fields, rules.binary, required_text(fields, rules.text))
        udh = text_at(fields, rules.udh)
        return message(
            request,
            own_id,
            **self._common(fields, rules),
            text=text,
            binary=binary,
            udh=udh or None,
            concatenation=parts_at(fields, rules.parts) or concatenation(udh),
            title=text_at(fields, rules.title),
            encoding=text_at(fields, rules.encoding),
            segments=integer_at(fields, rules.segments),
            media=media_at(payload, rules.media),
            sent_at=time_at(fields, rules.sent_time, request.received_at),
            provider_received_at=time_at(fields, rules.time, request.received_at),
            keyword=text_at(fields, rules.keyword),
            payload=payload,
            whole_payload=bool(rules.identity),
        )

    def _report(self, request: Request, fields: Payload, payload: Payload, rules: Report) -> Event:
        status, code = text_at(fields, rules.status), text_at(fields, rules.code)
        if status is None:
            raise InvalidPayload("the status is missing", rules.status[0])
        own_id = _identity(request, fields, rules)
        words = status.strip().casefold()
        known = (ours for ours, theirs in rules.statuses.items() if words in map(str.casefold, theirs))
        common = self._common(fields, rules)
        common |= {name: None for name in ("sender", "recipient") if common[name].raw is None}
        return delivery_report(
            request,
            own_id if rules.identity else f"{own_id}:{status}:{code or ''}",
            **common,
            status=next(known, "unknown"),
            provider_status=status,
            provider_code=code,
            description=text_at(fields, rules.description),
            reported_at=time_at(fields, rules.time, request.received_at),
            payload=payload,
            whole_payload=bool(rules.identity),
        )

    def _common(self, fields: Payload, rules: Message | Report) -> dict[str, Any]:
        return {
            "account": text_at(fields, self.document.account),
            "message_id": text_at(fields, rules.message_id or rules.id),
            "sender": number_at(fields, rules.sender, rules, "from"),
            "recipient": number_at(fields, rules.recipient, rules, "to"),
            "operator_id": text_at(fields, rules.operator_id),
            "client_reference": text_at(fields, rules.client_reference),
        }


def _require_content(fields: Payload, rules: Message) -> None:
    """Raise InvalidPayload if a message lacks what the document says it has: rather that than a message without it."""
    for paths in (rules.sender, rules.recipient):
        if paths and found(fields, paths) is None:
            raise InvalidPayload("is missing", paths[0])
    content = [
        each for each in (rules.text, rules.media and rules.media.field, rules.binary and rules.binary.field) if each
    ]
    if content and all(found(fields, paths) is None for paths in content):
        raise InvalidPayload("is missing", content[0][0])


def _identity(request: Request, fields: Payload, rules: Message | Report) -> str:
    """Return what identifies an event. Raises InvalidPayload if any of it is missing."""
    if rules.id:
        return identifier_at(fields, rules.id)
    parts = [identity_at(fields, each) for each in rules.identity]
    if rules.retry_seconds:
        parts.append(str(int(request.received_at.timestamp()) // rules.retry_seconds).encode())
    return hash_of(*parts)
