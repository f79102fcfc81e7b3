"""Who may talk to the console: a page that it served itself, opened with the key that the terminal printed.

127.0.0.1 is no wall: every page in the person's browser can send requests to it, a host name of somebody else can be
made to lead there (DNS rebinding), and other users of the machine can open it. The key is in the fragment of the
address, which browsers send nowhere, and comes back in a header, which no other page can set: there are no cookies.
"""

import hmac
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets requests through to an application, or answers them itself; adds the headers that browsers heed."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], key: str) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._key = f"Bearer {key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], scope["path"], Headers(scope=scope))
        app = self._app if refusal is None else JSONResponse({"error": refusal[1]}, refusal[0])
        await app(scope, receive, with_headers)

    def _refusal(self, method: str, path: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if host not in self._hosts or len(headers.getlist("host")) != 1:
            return 421, "The console has no such host name"
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return 403, "Requests from other origins are refused"
        if not path.startswith(API):
            return None if method in {"GET", "HEAD"} else (405, "Method not allowed")
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._key):
            return 401, "The key is missing or no longer valid: open the address that the terminal printed"
        if method == "POST" and headers.get("content-type") != "application/json":
            return 415, "The body must be JSON"
        return None
