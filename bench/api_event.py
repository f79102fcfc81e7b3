"""API Gateway's event, as an HTTP API makes it of a request (payload format 2.0)."""

import base64
from typing import Any
from urllib.parse import unquote


def api_event(  # noqa: PLR0913 - as much as a request consists of
    path: str,
    body: bytes,
    headers: dict[str, str],
    *,
    method: str = "POST",
    query: str = "",
    path_secret: str | None = None,
    as_base64: bool = True,
) -> dict[str, Any]:
    """Take the path that was called (`/acme`, `/acme/status`) and what was sent to it; a path secret comes last.

    API Gateway hands on forms in Base64, JSON mostly as text.
    """
    if path_secret is not None:
        path = f"{path}/{path_secret}"
    name, _, below = path.lstrip("/").partition("/")
    route_key = f"ANY /{name}/{{proxy+}}" if below or path_secret is not None else f"ANY /{name}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "*/*",
            "content-length": str(len(body)),
            "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "user-agent": "sample",
            "x-forwarded-for": "192.0.2.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **{name.lower(): value for name, value in headers.items()},
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "sample",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route_key,
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "body": base64.b64encode(body).decode() if as_base64 else body.decode(),
        "isBase64Encoded": as_base64,
    }
    if below or path_secret is not None:
        event["pathParameters"] = {"proxy": unquote(below)}
    return event
