"""A provider as the gateway sees it: what it sends, how it authenticates, what it wants to hear."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from inbound_sms.auth import Scheme
from inbound_sms.model import Model
from inbound_sms.parsing.items import Parsed
from inbound_sms.parsing.request import Request

Outcome = Literal["accepted", "quarantined", "ignored", "refused", "not_found", "not_allowed", "too_large", "failed"]
Parse = Callable[[Request], Sequence[Parsed]]
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Response(NamedTuple):
    """An HTTP response."""

    status: int
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = _NO_HEADERS


Answer = Response | Callable[[Request], Response]


class Provider(NamedTuple):
    """A provider.

    `parse` takes the request and returns its events (`each_item` for a batch, `ignored` where there is nothing to
    store); it raises InvalidPayload, and needs nothing but the request.
    `routes` are its URLs below /<name>; "" is the main one. With a path secret, that comes last.
    `preflight` answers before authentication what carries no message (a probe by HEAD, a check of the URL's owner);
    `handshake` answers after it (a confirmation of a subscription). Both return None for all else.
    `account` tells which account a request says it is from, where a company has several, each with its own secrets.
    `settings` is the model of the provider's own settings.
    The answers are Responses, or functions that make one of the request.
    """

    name: str
    parse: Parse
    schemes: tuple[Scheme, ...]
    methods: tuple[str, ...] = ("POST",)
    routes: tuple[str, ...] = ("",)
    preflight: Callable[[Request], Response | None] | None = None
    handshake: Callable[[Request], Response | None] | None = None
    account: Callable[[Request], str | None] | None = None
    settings: type[Model] | None = None
    accepted: Answer = Response(200, '{"status":"accepted"}')
    quarantined: Answer = Response(200, '{"status":"quarantined"}')
    ignored: Answer | None = None  # as accepted
    refused: Answer = Response(401, '{"error":"wrong or missing credentials"}')
    not_found: Answer = Response(404, '{"error":"no such URL"}')
    not_allowed: Answer = Response(405, '{"error":"method not allowed"}')
    too_large: Answer = Response(413, '{"error":"body too large"}')
    failed: Answer = Response(503, '{"error":"temporarily unavailable, please retry"}')

    def answer(self, outcome: Outcome, request: Request | None) -> Response:
        """Return the response to a request that ended so; without a request, only what needs none."""
        answer: Answer | None = getattr(self, outcome) or self.accepted
        if isinstance(answer, Response):
            return answer
        return answer(request) if answer and request else Response(503)

    def routed(self, request: Request) -> Request | None:
        """Return the request with the route and the path secret in its URL; None where it came to none of its URLs."""
        takes_secret = any(scheme.name == "path_secret" for scheme in self.schemes)
        for route in sorted(self.routes, key=len, reverse=True):
            if request.below == route:
                return request._replace(route=route)
            prefix = f"{route}/" if route else ""
            rest = request.below.removeprefix(prefix)
            if takes_secret and request.below.startswith(prefix) and "/" not in rest:
                return request._replace(route=route, path_secret=rest)
        return None
