"""How a server of AWS proves who it is before anything is sent to it."""

import base64
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
# https://www.amazontrust.com/repository/: Amazon Root CA 1 to 4, and the Starfield root that signed them.
_AMAZONS_ROOTS = (b"Amazon Root CA", b"Starfield Services Root Certificate Authority")


def contexts(host: str) -> Iterator[ssl.SSLContext]:
    """Yield what to verify a host by, in the order in which to try.

    To load all 140 certificates of the system costs 50 ms of CPU with OpenSSL 3, at each cold start, and AWS needs five
    of them. So these come first, and all of them only where these do not verify a host.
    """
    if host.endswith(".amazonaws.com") and (context := _of_amazon()):
        yield context
    yield _of_the_system()


@cache
def _of_amazon() -> ssl.SSLContext | None:
    """Return None where the system's store has none of Amazon's roots, or is no file."""
    try:
        store = Path(ssl.get_default_verify_paths().cafile or "").read_bytes()
        certificates = [base64.b64decode(part.partition(_END)[0]) for part in store.split(_BEGIN)[1:]]
        roots = [each for each in certificates if any(name in each for name in _AMAZONS_ROOTS)]
        return _context(b"".join(roots)) if roots else None
    except (OSError, ValueError):
        return None


@cache
def _of_the_system() -> ssl.SSLContext:
    context = _context()
    context.load_default_certs()
    return context


def _context(roots: bytes = b"") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificate and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if roots:
        context.load_verify_locations(cadata=roots)
    return context
