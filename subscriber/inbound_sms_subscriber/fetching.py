"""A GET request that can neither hang, nor grow, nor be led elsewhere."""

import time
import urllib.request
from http.client import HTTPException
from typing import Any

_TIMEOUT_SECONDS = 5.0
_IN_ALL_SECONDS = 10.0
_LARGEST_ANSWER = 65_536
_PART = 8_192

FETCH_ERRORS = (OSError, HTTPException, ValueError)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follows none: a 3xx is an error."""


def fetch(url: str) -> bytes:
    """Gives what is at a URL that the caller has checked; raises one of FETCH_ERRORS.

    TLS is verified by the system's certificates. An answer other than 2xx, over 64 KiB, or not whole within 10 s is an
    error.
    """
    deadline = time.monotonic() + _IN_ALL_SECONDS
    answer = b""
    with urllib.request.build_opener(_NoRedirect).open(url, timeout=_TIMEOUT_SECONDS) as response:
        while part := response.read1(_PART):
            answer += part
            if len(answer) > _LARGEST_ANSWER:
                raise ValueError("the answer is too large")
            if time.monotonic() > deadline:
                raise TimeoutError("the answer takes too long")
    return answer
