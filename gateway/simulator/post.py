"""A request to a webhook, as a provider makes it."""

import shlex
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True)
class Post:
    """A request to a webhook, credentials and content type among its headers. By GET, the URL carries everything."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = "POST"

    def with_header(self, name: str, value: str) -> "Post":
        """Return the same request with one header more, or with another value of it."""
        return replace(self, headers={**self.headers, name: value})

    def with_url(self, url: str) -> "Post":
        """Return the same request to another URL."""
        return replace(self, url=url)

    def as_curl(self) -> str:
        """Return the command that makes it, safe to paste into a terminal, whatever the body is; raise ValueError where
        URL or headers hold a control character.
        """
        headers = [part for name, value in self.headers.items() for part in ("-H", f"{name}: {value}")]
        if not all(each.isprintable() for each in (self.url, *headers)):
            raise ValueError("its URL or one of its headers holds a control character")
        piped, body = ("", []) if self.method == "GET" else self._written_body()
        # -g: brackets in a URL stand for themselves, not for many requests.
        return piped + shlex.join(["curl", "-sS", "-g", "-i", "-m", "30", *headers, *body, self.url])

    def _written_body(self) -> tuple[str, list[str]]:
        """Return how the body gets into the command: what stands before it, and its options."""
        text = self.body.decode(errors="replace")
        if text.encode() == self.body and text.replace("\n", "").isprintable():
            return "", ["--data-raw", text]  # which reads no file for an @
        encoded = b64encode(self.body).decode()
        return f"printf %s {encoded} | base64 -d | ", ["--data-binary", "@-"]


def below(url: str, part: str) -> str:
    """Return the URL with one more part at the end of its path; with an empty one, the URL as it is."""
    if not part:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{part}"))
