"""The certificates of SNS, fetched seldom: anyone can post an address at SNS where there is no certificate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from urllib.error import HTTPError

from inbound_sms.errors import AuthenticationError, DependencyUnavailable
from inbound_sms.sns.fetching import FETCH_ERRORS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_V = TypeVar("_V")

_MAX_CERTIFICATES = 8
_REFUSED_SECONDS = 60  # no longer: a certificate that SNS is about to publish must not be refused for long
_MAX_REFUSED = 256
_MAX_FETCHES = 10
_PERIOD_SECONDS = 60
_NOT_THERE = (403, 404)  # what SNS answers where there is no certificate


class TooManyFetches(Exception):
    """As many certificates have been fetched lately as may be."""


@dataclass(slots=True)
class Certificates:
    """Fetches certificates and keeps their keys. It may be used by several threads at once.

    `fetch` returns the content at a URL, which the caller has checked.
    """

    fetch: Callable[[str], bytes]
    clock: Callable[[], float]
    _keys: "dict[str, tuple[RSAPublicKey, float]]" = field(default_factory=dict)  # with the end of their validity
    _refused: dict[str, float] = field(default_factory=dict)  # since when
    _fetches: list[float] = field(default_factory=list)  # when
    _lock: Lock = field(default_factory=Lock)

    def key(self, url: str) -> "RSAPublicKey":
        """Return the public key of the certificate at a URL.

        Raise AuthenticationError if there is no valid certificate (for a minute without asking again), and
        DependencyUnavailable if SNS can't be asked, or has been asked ten times within the last minute.
        """
        if key := self._known(url):
            return key
        with self._lock:  # one fetch at a time, whose result the others find
            return self._known(url) or self._fetched(url)

    def _known(self, url: str) -> "RSAPublicKey | None":
        now = self.clock()
        key, valid_until = self._keys.get(url, (None, 0.0))
        if key and now <= valid_until:
            return key
        if 0 <= now - self._refused.get(url, float("-inf")) < _REFUSED_SECONDS:
            raise AuthenticationError("invalid certificate, as a moment ago")
        return None

    def _fetched(self, url: str) -> "RSAPublicKey":
        now = self.clock()
        self._fetches[:] = (at for at in self._fetches if 0 <= now - at < _PERIOD_SECONDS)
        if len(self._fetches) >= _MAX_FETCHES:
            raise DependencyUnavailable("certificate of SNS", TooManyFetches())
        self._fetches.append(now)
        try:
            key, valid_until = public_key(self._content(url), now)
        except AuthenticationError:
            _keep(self._refused, url, now, _MAX_REFUSED)
            raise
        _keep(self._keys, url, (key, valid_until), _MAX_CERTIFICATES)
        return key

    def _content(self, url: str) -> bytes:
        try:
            return self.fetch(url)
        except FETCH_ERRORS as error:
            if isinstance(error, HTTPError) and error.code in _NOT_THERE:
                raise AuthenticationError("no such certificate") from error
            raise DependencyUnavailable("certificate of SNS", error) from error


def _keep(known: dict[str, _V], url: str, value: _V, most: int) -> None:
    """Remember a value as the newest, and forget the oldest where there are too many."""
    known.pop(url, None)
    while len(known) >= most:
        del known[next(iter(known))]
    known[url] = value


def public_key(pem: bytes, now: float) -> "tuple[RSAPublicKey, float]":
    """Return the key in a certificate, and until when the certificate is valid."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - an optional dependency
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    try:
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except Exception as error:
        raise AuthenticationError("unreadable certificate") from error
    if not isinstance(key, RSAPublicKey) or datetime.fromtimestamp(now, UTC) < certificate.not_valid_before_utc:
        raise AuthenticationError("invalid certificate")
    valid_until = certificate.not_valid_after_utc.timestamp()
    if now > valid_until:
        raise AuthenticationError("expired certificate")
    return key, valid_until
