"""What is fuzzed: every function that reads what strangers send, each with inputs to begin with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from tests.support.providers import Registered


@dataclass(frozen=True)
class Target:
    """A function over bytes. It gives what became of them, in a word; any exception is a finding."""

    name: str
    run: Callable[[bytes], str]
    seeds: tuple[bytes, ...]


def targets() -> dict[str, Target]:
    """Every target, by name; a new provider needs no listing."""
    from verification.fuzz import parsers, paths  # noqa: PLC0415 - they build on this module

    return {target.name: target for target in chain(paths.webhooks(), parsers.targets(), paths.targets())}


def webhook_input(data: bytes) -> tuple[str, bytes]:
    """Gives content type and body of an input: its first line, and the rest."""
    content_type, _, body = data.partition(b"\n")
    return text_of(content_type), body


def text_of(data: bytes) -> str:
    """Gives a text of any bytes; lone surrogates are possible, as in what API Gateway and SQS give."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def webhook_seeds(entry: Registered) -> tuple[bytes, ...]:
    """Gives a provider's samples as inputs of a webhook."""
    bodies = [*(each.documented_body for each in entry.sender.callbacks.values()), entry.sender.broken[0]]
    bodies += samples_of(entry)
    return tuple(f"{_content_type(body, entry.content_type)}\n".encode() + body for body in bodies)


def samples_of(entry: Registered) -> Iterable[bytes]:
    """Gives what is in a provider's folder of samples."""
    return [path.read_bytes() for path in sorted(entry.samples.rglob("*.*")) if path.suffix not in {".md", ".toml"}]


def _content_type(body: bytes, usual: str) -> str:
    if body[:1] == b"{":
        return "application/json"
    return "text/xml" if body[:1] == b"<" else usual
