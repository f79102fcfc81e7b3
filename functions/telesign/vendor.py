"""Telesign's own package, for the tests alone."""

from telesign.util import verify_telesign_callback_signature

from gateway.simulator.sender import Post


def verify(post: Post, secret: str) -> bool:
    """Return whether Telesign signed this."""
    signature = post.headers["Authorization"].rpartition(":")[2]
    return bool(verify_telesign_callback_signature(secret, signature, post.body.decode()))
