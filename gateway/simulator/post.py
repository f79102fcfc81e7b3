"""A request to a webhook, as a provider makes it."""

import shlex
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
        """Return the command that makes it; raise ValueError where no terminal takes its body."""
        headers = [part for name, value in self.headers.items() for part in ("-H", f"{name}: {value}")]
        text = self.body.decode()
        if "\0" in text:
            raise ValueError("no argument of a command holds a NUL")
        body = [] if self.method == "GET" else ["--data-raw", text]  # which reads no file for an @
        return shlex.join(["curl", "-sS", "-i", "-m", "30", *headers, *body, self.url])


def below(url: str, part: str) -> str:
    """Return the URL with one more part at the end of its path; with an empty one, the URL as it is."""
    if not part:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{part}"))
