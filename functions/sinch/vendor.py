"""Sinch's own package, for the tests alone."""

from sinch.domains.authentication.sinch_events.v1 import authentication_validation as package

from gateway.simulator.sender import Post


def verify(post: Post, secret: str) -> bool:
    """Return whether Sinch signed this."""
    return bool(package.validate_sinch_event_signature_with_nonce(secret, dict(post.headers), post.body.decode()))
