"""SignalWire's own package, for the tests alone; for forms it needs Twilio's."""

from contextlib import suppress
from urllib.parse import parse_qs

from signalwire.request_validator import RequestValidator

from gateway.simulator.sender import Post

HEADER = "X-SignalWire-Signature"


def _posted(post: Post) -> str | dict[str, str]:
    if post.headers.get("Content-Type") == "application/json":
        return post.body.decode()
    return {name: values[0] for name, values in parse_qs(post.body.decode(), keep_blank_values=True).items()}


def verify(post: Post, secret: str) -> bool:
    """Return whether SignalWire signed this."""
    with suppress(TypeError):  # what isn't signed as JSON it tries as a form, where objects within it break it
        return bool(RequestValidator(secret).validate(post.url, _posted(post), post.headers[HEADER]))
    return False


def sign(post: Post, secret: str) -> Post:
    """Sign as SignalWire does."""
    posted, validator = _posted(post), RequestValidator(secret)
    make = validator.build_signature if isinstance(posted, str) else validator.build_signature_with_compatibility
    return post.with_header(HEADER, make(post.url, posted))
