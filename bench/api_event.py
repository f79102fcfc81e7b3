"""API Gateway's event, as an HTTP API makes it of a request (payload format 2.0)."""

import base64
from typing import Any
from urllib.parse import unquote


def api_event(
    route: str, body: bytes, headers: dict[str, str], *, path_secret: str | None = None, as_base64: bool = True
) -> dict[str, Any]:
    """Takes a route (`/sinch`) and what was posted to it. API Gateway gives forms in Base64, JSON mostly as text."""
    path = f"{route}/{path_secret}" if path_secret is not None else route
    route_key = f"POST {route}/{{secret}}" if path_secret is not None else f"POST {route}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": "",
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
                "method": "POST",
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
    if path_secret is not None:
        event["pathParameters"] = {"secret": unquote(path_secret)}
    return event
