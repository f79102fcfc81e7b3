"""Vonage's own package, for the tests alone."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from vonage_http_client.auth import Auth

from gateway.simulator.sender import Post


def _auth(secret: str) -> Any:
    return Auth(api_key="a1b2c3d", signature_secret=secret, signature_method="sha256")


def _is_json(post: Post) -> bool:
    return post.headers.get("Content-Type") == "application/json"


def _fields(post: Post) -> dict[str, str]:
    if _is_json(post):
        return dict(json.loads(post.body))
    sent = urlsplit(post.url).query if post.method == "GET" else post.body.decode()
    return dict(parse_qsl(sent, keep_blank_values=True))


def verify(post: Post, secret: str) -> bool:
    """Return whether Vonage signed this."""
    return bool(_auth(secret).check_signature(_fields(post)))


def sign(post: Post, secret: str) -> Post:
    """Sign as Vonage does."""
    fields: dict[str, Any] = {name: value for name, value in _fields(post).items() if name != "sig"}
    fields["timestamp"] = ""  # it takes today's
    fields["sig"] = _auth(secret).sign_params(fields)
    if post.method == "GET":
        return post.with_url(urlsplit(post.url)._replace(query=urlencode(fields)).geturl())
    return replace(post, body=(json.dumps(fields) if _is_json(post) else urlencode(fields)).encode())
