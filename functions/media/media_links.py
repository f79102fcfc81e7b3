"""Which links may be followed: https, to hosts that are listed for the provider, and to no address but a public one."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

_SOURCES = Path(__file__).with_name("media_sources.json")
_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
# What one parser takes for the end of a host, and another doesn't; half a character, which nobody can send.
_SUSPICIOUS = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"  # RFC 3986: all else is percent-encoded
_MAX_LENGTH = 8_192


class NotFetched(Exception):
    """A file could not be fetched. The reason is fit for a log. With `final`, another try would be in vain."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Link(NamedTuple):
    """A link: its host, and what is asked for there, percent-encoded."""

    host: str
    target: str

    def followed_by(self, location: str) -> "Link":
        """Return where a redirect leads. Raises NotFetched."""
        try:
            url = urljoin(f"https://{self.host}{self.target}", location)
        except ValueError:
            raise NotFetched("a redirect that can't be followed", final=True) from None
        return read_link(url)


class Source(NamedTuple):
    """Where a provider's files are: the hosts that get its credentials, and those that never do (`*.example.com` is
    every host below that).
    """

    hosts: tuple[str, ...] = ()
    open_hosts: tuple[str, ...] = ()

    def check(self, link: Link) -> None:
        """Raise NotFetched unless a link leads to one of the hosts."""
        if not _is_in(link.host, self.hosts + self.open_hosts):
            raise NotFetched(f"a host that is not listed: {link.host}", final=True)

    def trusts(self, host: str) -> bool:
        """Return whether a host may have the credentials."""
        return _is_in(host, self.hosts)


def read_link(url: str) -> Link:
    """Read a link. Raises NotFetched where it is none that may be followed, wherever it leads."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
    if len(url) > _MAX_LENGTH or _SUSPICIOUS.search(url) or not _HOST.fullmatch(host) or "@" in parts.netloc:
        raise NotFetched("not a link that can be followed", final=True)
    if parts.scheme.lower() != "https" or port not in {None, 443}:
        raise NotFetched("a link that is not https, or to an unusual port", final=True)
    query = f"?{quote(parts.query, _AS_IT_IS)}" if parts.query else ""
    return Link(host, quote(parts.path or "/", _AS_IT_IS) + query)


def require_public(addresses: Iterable[str]) -> None:
    """Raise NotFetched if an address of a host leads into a network that is not public. None of IPv6 is let through."""
    for address in addresses:
        try:
            ip = IPv4Address(address)
        except ValueError:
            raise NotFetched("an address that is not of IPv4", final=True) from None
        if not ip.is_global or ip.is_multicast:
            raise NotFetched("an address that is not public", final=True)


@cache
def _declared() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = json.loads(_SOURCES.read_text(encoding="utf-8"))
    return found


def source_of(provider: str, more: Iterable[str]) -> Source:
    """Return where a provider's files are: as its folder declares, and with the setting's `<provider>=<host>`.

    What an operator adds gets no credentials.
    """
    declared = _declared().get(provider, {})
    added = [host for name, _, host in (each.strip().partition("=") for each in more) if name == provider and host]
    return Source(tuple(declared.get("hosts", ())), (*declared.get("open_hosts", ()), *map(str.lower, added)))


def _is_in(host: str, patterns: Iterable[str]) -> bool:
    return any(host.endswith(each[1:]) if each.startswith("*.") else host == each for each in patterns)
