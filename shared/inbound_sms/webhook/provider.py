"""What a provider declares about itself: what it sends, how it authenticates, which responses it expects."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from inbound_sms.auth import Scheme
from inbound_sms.errors import DependencyUnavailable, cause_of, location_of
from inbound_sms.model import Model
from inbound_sms.observability import logger
from inbound_sms.parsing.items import Parsed
from inbound_sms.parsing.request import Request

Outcome = Literal["accepted", "quarantined", "ignored", "refused", "not_found", "not_allowed", "too_large", "failed"]
Parse = Callable[[Request], Sequence[Parsed]]
_CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Response(NamedTuple):
    """An HTTP response."""

    status: int
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = _NO_HEADERS


# A response, or a function that makes it from the request.
Respond = Response | Callable[[Request], Response]


class Provider(NamedTuple):
    """A provider.

    `name` is its name in URLs, event ids and parameters.
    `parse` returns the events of a request (by `each_item` for a batch, by `ignored` if nothing needs to be stored). It
    raises InvalidPayload, and depends on nothing but the request.
    `schemes` are the ways in which it can authenticate.
    `routes` are its URLs below /<name>; "" is the main one. A path secret follows the route.
    `preflight` responds, before authentication, to requests that carry no message (a HEAD probe, a check of who owns
    the URL); `handshake` does so after authentication (confirming a subscription). Both return None for all others.
    `account` returns which account a request claims to be from, if a company has several, each with its own secrets.
    `settings` is the model of the provider's own settings.
    `awaits_challenge` says that it sends credentials only when a challenge asks for them, so that a request without any
    isn't counted as refused.
    `accepted` to `failed` are the responses for each outcome.
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
    awaits_challenge: bool = False
    accepted: Respond = Response(200, '{"status":"accepted"}')
    quarantined: Respond = Response(200, '{"status":"quarantined"}')
    ignored: Respond | None = None  # None: as accepted
    refused: Respond = Response(401, '{"error":"wrong or missing credentials"}')
    not_found: Respond = Response(404, '{"error":"no such URL"}')
    not_allowed: Respond = Response(405, '{"error":"method not allowed"}')
    too_large: Respond = Response(413, '{"error":"body too large"}')
    failed: Respond = Response(503, '{"error":"temporarily unavailable, please retry"}')

    def respond(self, outcome: Outcome, request: Request | None) -> Response:
        """Return the response for an outcome; 503 if that depends on the request and there is none."""
        respond: Respond | None = getattr(self, outcome) or self.accepted
        if isinstance(respond, Response):
            return respond
        return respond(request) if respond and request else Response(503)

    def confirmation(self, request: Request) -> Response | None:
        """Return the response to an authenticated request that is a handshake; None for all others.

        A fault of the hook keeps no message out: the request is parsed like any other, and quarantined if that fails.
        Raises DependencyUnavailable.
        """
        try:
            return self.handshake(request) if self.handshake else None
        except DependencyUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a bug, or a body that can't be read
            logger.error("the handshake failed", cause=cause_of(error), where=location_of(error))
            return None

    def without_credentials(self, request: Request, headers: frozenset[str]) -> Request:
        """Return the request as it may be stored: without `headers`, and what each scheme reads credentials from."""
        scheme_headers, fields = _credentials(self.schemes)
        return request.without_secrets(headers | scheme_headers, fields)

    def routed(self, request: Request) -> Request | None:
        """Return the request with the route and path secret from its URL; None if that is none of the provider's."""
        takes_secret = any(scheme.name == "path_secret" for scheme in self.schemes)
        for route in sorted(self.routes, key=len, reverse=True):
            if request.subpath == route:
                return request._replace(route=route)
            prefix = f"{route}/" if route else ""
            rest = request.subpath.removeprefix(prefix)
            if takes_secret and request.subpath.startswith(prefix) and "/" not in rest:
                return request._replace(route=route, path_secret=rest)
        return None


@cache
def _credentials(schemes: tuple[Scheme, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the headers and the fields of the query that these schemes read credentials from."""
    headers = _CREDENTIAL_HEADERS.union(*(getattr(scheme, "headers", ()) for scheme in schemes))
    return headers, frozenset[str]().union(*(getattr(scheme, "fields", ()) for scheme in schemes))
