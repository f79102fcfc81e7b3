"""Telnyx's own package, for the tests alone: of it, the one module, as all of it takes seconds to import."""

import runpy
from contextlib import suppress
from importlib.metadata import distribution

from gateway.simulator.sender import Post

_MODULE = runpy.run_path(str(distribution("telnyx").locate_file("telnyx/lib/webhook_verification.py")))


def verify(post: Post, key: str) -> bool:
    """Return whether Telnyx signed this, given its public key."""
    with suppress(_MODULE["WebhookVerificationError"]):
        _MODULE["verify_webhook_signature"](post.body, post.headers, key)
        return True
    return False
