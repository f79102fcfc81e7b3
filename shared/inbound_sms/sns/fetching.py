"""A GET request with limits on time and size that follows no redirects."""

import time
from http.client import HTTPException
from typing import Any

_TIMEOUT_SECONDS = 5.0
_TOTAL_SECONDS = 10.0
_MAX_RESPONSE_BYTES = 65_536
_CHUNK_BYTES = 8_192

FETCH_ERRORS = (OSError, HTTPException, ValueError)


def fetch(url: str) -> bytes:
    """Return the content at a URL, which the caller has checked. Raises one of FETCH_ERRORS.

    TLS is verified against the system's certificates. A response other than 2xx, larger than 64 KiB or incomplete after
    10 s is an error.
    """
    import urllib.request  # noqa: PLC0415 - a function that never fetches starts without it

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Follow no redirect: a 3xx is an error."""

    deadline = time.monotonic() + _TOTAL_SECONDS
    content = b""
    with urllib.request.build_opener(NoRedirect).open(url, timeout=_TIMEOUT_SECONDS) as response:
        while chunk := response.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > _MAX_RESPONSE_BYTES:
                raise ValueError("the response is too large")
            if time.monotonic() > deadline:
                raise TimeoutError("the response takes too long")
    return content
