"""The own side of the provider that example.toml describes."""

import base64
import hmac
import time
from pathlib import Path

from gateway.simulator.sender import Callback, Post, Retries, Sender, Verdict, again_unless, an_id

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
ID = {"data.id": an_id(12, "m-")}


def sign(post: Post, secret: str) -> Post:
    """Sign the time and the body."""
    now = str(int(time.time()))
    digest = hmac.digest(secret.encode(), f"{now}.".encode() + post.body, "sha256")
    signature = f"v1={base64.b64encode(digest).decode()}"
    return post.with_header("X-Timestamp", now).with_header("X-Signature", signature)


def _read(status: int, _body: bytes) -> Verdict:
    """Success is 200."""
    return again_unless(status == 200)


SENDER = Sender(
    name="webhook",
    title="Webhook",
    docs="https://cloudevents.io",
    callbacks={
        "message": Callback(
            SAMPLES / "message.json", ID, sender="data.from.number", recipient="data.to", text="data.text"
        ),
        "mms": Callback(SAMPLES / "mms.json", ID, sender="data.from", recipient="data.to", text="data.text"),
        "report": Callback(SAMPLES / "report.json", ID, recipient="data.to"),
        "unknown": Callback(SAMPLES / "unknown.json", {"data.credits": an_id(6)}),
    },
    secrets=("hmac", "basic"),
    sign=sign,
    retries=Retries(waits=(60, 300), timeout=10, read=_read),
    portal="wherever the provider wants it: the URL; what it authenticates by, the document says",
    broken=(b'{"event": "sms", "account": "main", "data": {"from": "4915112345678", "text": "no id"}}', "data.id"),
    document=HERE / "example.toml",
    table={
        "sms": "yes",
        "mms": "links",
        "reports": "yes",
        "other": "as its document says",
        "response": "as its document says",
        "retries": "the provider's own",
        "id": "as its document says",
    },
)
