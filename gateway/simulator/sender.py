"""What there is to know about a provider from its own side: functions/<folder>/sender.py defines a SENDER.

Written from the provider's documentation; it shares no code with the function that receives. The command line, the
console, the local stack, the documentation's tables and the tests have their facts from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.simulator.callback import Callback, a_clock_time, a_ulid, a_uuid, an_id, an_iso_time, marked
from gateway.simulator.formats import Payload
from gateway.simulator.post import Post
from gateway.simulator.retries import Retries, Verdict, again_unless

__all__ = [
    "KINDS",
    "SIGNATURES",
    "Callback",
    "KeyPairs",
    "MediaLinks",
    "Payload",
    "Post",
    "Retries",
    "Sender",
    "Sign",
    "Verdict",
    "a_clock_time",
    "a_ulid",
    "a_uuid",
    "again_unless",
    "an_id",
    "an_iso_time",
    "marked",
]

Sign = Callable[[Post, str], Post]  # a request and a secret; the signed request

# Every kind of secret, and what people call it.
KINDS: Mapping[str, str] = {
    "basic": "HTTP Basic",
    "authorization": "fixed `Authorization` value",
    "header": "custom header",
    "hmac": "HMAC signature",
    "oauth2": "OAuth 2.0",
    "path_secret": "secret in the URL",
    "public_key": "public-key signature",
    "sns_topic": "Amazon SNS signature",
}

# Those that make another credential of every request.
SIGNATURES = frozenset({"hmac", "public_key", "sns_topic"})


@dataclass(frozen=True)
class KeyPairs:
    """How a provider signs that keeps its private key to itself.

    `public` makes a key pair of a secret, always the same, and returns its public key in the provider's own form;
    `sign` signs by the private key of that pair. For the kind "sns_topic", the topic stands for the public key, and
    `beside` makes what the parameter holds beside it, to trust our signatures instead of SNS's.
    """

    public: Callable[[str], str]
    sign: Sign
    kind: str = "public_key"
    beside: Callable[[], Mapping[str, list[str]]] = dict


@dataclass(frozen=True)
class MediaLinks:
    """Where a provider's links to media lead (docs/media.md).

    `hosts` get the credentials of a download, where it takes any; `open_hosts` never do, as those where the others
    redirect to. `*.example.com` is every host below that. `credentials` is their kind, `basic` or `authorization`, and
    `what` says in words what to enter.
    """

    hosts: tuple[str, ...] = ()
    open_hosts: tuple[str, ...] = ()
    credentials: str = ""
    what: str = "none"


@dataclass(frozen=True)
class Sender:
    """A provider, as it presents itself to a webhook.

    `name` stands in URLs, event ids and parameter names. `callbacks` are the kinds of requests that it posts, by short
    names of our own; every provider has a "message". `secrets` are the kinds that it can authenticate by, its usual one
    first; `sign` makes its own signature with a secret of kind "hmac", `key_pairs` one that "public_key" or "sns_topic"
    verifies; all other kinds are the same for everybody. `signs_content` is false of a signature that covers no
    content: a token that says who sent it, and not what.
    `document` is what describes it to a local stack, if it is configured by a parameter.

    `portal` says in a sentence what to enter where, `oauth2_portal` the same of OAuth 2.0; `url_suffix` is what its
    portal wants at the end of the URL. `username` is that of HTTP Basic on a local stack (its name, if empty),
    `authorization` how a fixed value of that header looks.

    `methods` and `urls` say how it calls: each of `urls` is a path below the webhook's URL, "" the webhook's own.
    `broken` is a body that begins well and ends too early or lacks something that is needed, and the field that the
    quarantine then names. `media` says where the files of an MMS are, as far as that is documented. `table` holds its
    cells of the table in README.md: see gateway/simulator/tables.py.
    """

    name: str
    title: str
    docs: str
    callbacks: Mapping[str, Callback]
    secrets: tuple[str, ...]
    retries: Retries
    portal: str
    broken: tuple[bytes, str | None]
    oauth2_portal: str = ""
    sign: Sign | None = None
    key_pairs: KeyPairs | None = None
    signs_content: bool = True
    document: Path | None = None
    username: str = ""
    authorization: str = "Bearer {secret}"
    methods: tuple[str, ...] = ("POST",)
    urls: tuple[str, ...] = ("",)
    url_suffix: str = ""
    media: MediaLinks | None = None
    table: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> Callback:
        """An ordinary inbound text."""
        return self.callbacks["message"]

    @property
    def user(self) -> str:
        """The user name or client id that it goes by on a local stack."""
        return self.username or self.name
