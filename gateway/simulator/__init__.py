"""What each provider does: the requests it posts, how it signs them, when it tries again and when it gives up.

The facts of each are in its folder, functions/<folder>/sender.py; what is here is the same for all of them. It shares
no code with the functions that receive.
"""

from gateway.simulator.callback import Callback
from gateway.simulator.credentials import (
    HEADER,
    KEPT_BY_PROVIDER,
    Document,
    credential,
    local_document,
    local_secret,
    new_secrets,
    with_wrong_secrets,
)
from gateway.simulator.delivery import Attempt, Delivery, deliver, new_client, send
from gateway.simulator.formats import FORM, JSON, XML
from gateway.simulator.post import Post, below
from gateway.simulator.registry import pages, senders
from gateway.simulator.retries import Retries, Verdict
from gateway.simulator.sender import KINDS, SIGNATURES, Sender
from gateway.simulator.signing import OAuth2Client, kinds_used, signed, with_secret
from gateway.simulator.spoiling import broken
from gateway.simulator.tokens import fetch_token

__all__ = [
    "FORM",
    "HEADER",
    "JSON",
    "KEPT_BY_PROVIDER",
    "KINDS",
    "SIGNATURES",
    "XML",
    "Attempt",
    "Callback",
    "Delivery",
    "Document",
    "OAuth2Client",
    "Post",
    "Retries",
    "Sender",
    "Verdict",
    "below",
    "broken",
    "credential",
    "deliver",
    "fetch_token",
    "kinds_used",
    "local_document",
    "local_secret",
    "new_client",
    "new_secrets",
    "pages",
    "send",
    "senders",
    "signed",
    "with_secret",
    "with_wrong_secrets",
]
