"""What there is to know about a running stack, for whoever drives it from outside: `.local/stack.json`."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gateway.simulator import SIGNATURES, Callback, Post, fetch_token, kinds_used, senders, signed

STACK_FILE = "stack.json"
_FOR_EACH_REQUEST = SIGNATURES | {"oauth2"}  # kinds of secrets that make another credential of every request


class Webhook(BaseModel):
    """Where a provider posts. `url` and `headers` are all that a request needs besides its content type, unless the
    provider signs every request for itself: by `secrets`, at `address`, the URL without any secret in it.
    """

    url: str
    headers: dict[str, str]
    address: str
    secrets: dict[str, Any]


def webhook(provider: str, unsigned: Post, secrets: dict[str, Any]) -> Webhook:
    """Return where a provider posts, with all that a request needs by a document of secrets."""
    sender = senders()[provider]
    fixed = not _FOR_EACH_REQUEST.intersection(kinds_used(sender, secrets))
    known = signed(unsigned, sender, secrets, lambda client: client.client_secret) if fixed else unsigned
    return Webhook(url=known.url, headers=dict(known.headers), address=unsigned.url, secrets=secrets)


class TokenEndpoint(BaseModel):
    """Where a provider fetches tokens, as which client, and the header that leads a request there."""

    url: str
    headers: dict[str, str]
    client_id: str
    client_secret: str


class PerTopic(BaseModel):
    """One of something for each topic."""

    messages: str
    delivery: str


class Queues(BaseModel):
    """The URLs of the queue between webhooks and fan-out, and of what the fan-out gave up."""

    events: str
    dead_letters: str


class Source(BaseModel):
    """Another way for a provider's callbacks to come in than its webhook: the URLs of its queue and of what was given
    up, and the ARN of the topic before it, where there is one.
    """

    provider: str
    queue: str
    dead_letters: str
    topic: str | None = None


class Media(BaseModel):
    """What copies media: its function, the URLs of its queue and of what was given up, and the bucket of the files."""

    function: str
    queue: str
    dead_letters: str
    bucket: str


class Stack(BaseModel):
    """A running stack. Providers that were not deployed are missing from `webhooks` and `functions`. `console` is the
    address of its page, for whoever started it only: it holds the key.
    """

    endpoint: str
    region: str
    stack: str
    webhooks: dict[str, Webhook]
    token_endpoints: dict[str, TokenEndpoint]
    topics: PerTopic
    inboxes: PerTopic
    queues: Queues
    sources: dict[str, Source]
    table: str
    quarantine_bucket: str
    payloads_bucket: str
    functions: dict[str, str]
    console: str | None = None

    def post(self, provider: str, callback: Callback, body: bytes) -> Post:
        """Return the request by which a provider brings a body to its webhook, signed now."""
        webhook = self.webhooks[provider]
        unsigned = callback.post(webhook.address, body).with_header("Host", webhook.headers["Host"])
        return signed(
            unsigned,
            senders()[provider],
            webhook.secrets,
            lambda client: fetch_token(self.token_endpoints[provider].url, {"Host": webhook.headers["Host"]}, client),
        )

    def with_secrets(self, provider: str, secrets: dict[str, Any]) -> "Stack":
        """Return it with another document of a provider's secrets."""
        known = self.webhooks[provider]
        unsigned = Post(known.address, {"Host": known.headers["Host"]})
        webhooks = self.webhooks | {provider: webhook(provider, unsigned, secrets)}
        endpoints = dict(self.token_endpoints)
        if provider in endpoints and "oauth2" in secrets:
            endpoints[provider] = endpoints[provider].model_copy(update=secrets["oauth2"]["clients"][0])
        return self.model_copy(update={"webhooks": webhooks, "token_endpoints": endpoints})

    def write(self, path: Path) -> None:
        """Write it so that a reader finds all of it or nothing, and nobody else finds the secrets in it."""
        unfinished = path.with_suffix(".tmp")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(self.model_dump_json(indent=2) + "\n")
        unfinished.replace(path)
