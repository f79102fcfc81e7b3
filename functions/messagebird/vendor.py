"""MessageBird's own package, for the tests alone."""

from contextlib import suppress

from messagebird.error import ValidationError
from messagebird.request_validator import RequestValidator

from gateway.simulator.sender import Post


def verify(post: Post, secret: str) -> bool:
    """Return whether MessageBird signed this."""
    token = post.headers["MessageBird-Signature-JWT"]
    with suppress(ValidationError):
        return bool(RequestValidator(secret).validate_signature(token, post.url, post.body))
    return False
