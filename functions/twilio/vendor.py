"""Twilio's own package, for the tests alone."""

from urllib.parse import parse_qs

from twilio.request_validator import RequestValidator

from gateway.simulator.sender import Post

HEADER = "X-Twilio-Signature"


def _form(post: Post) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(post.body.decode(), keep_blank_values=True).items()}


def verify(post: Post, secret: str) -> bool:
    """Return whether Twilio signed this."""
    return bool(RequestValidator(secret).validate(post.url, _form(post), post.headers[HEADER]))


def sign(post: Post, secret: str, algorithm: str = "HMAC_SHA1") -> Post:
    """Sign as Twilio does, by the other algorithm if by a shared key."""
    return post.with_header(HEADER, RequestValidator(secret).compute_signature(post.url, _form(post), algorithm))
