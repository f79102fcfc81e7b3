"""What no provider should send, made of what it does: to see what the gateway makes of it."""

import base64
from dataclasses import replace

from gateway.simulate.delivery import Request

_WRONG = "not-the-secret-that-was-agreed-on"


def broken(request: Request) -> Request:
    """Gives the request with a body that breaks off after its first quarter: half a form may still be a message."""
    return replace(request, body=request.body[: len(request.body) // 4])


def forged(request: Request) -> Request:
    """Gives the request as somebody posts it who doesn't know the secret, wherever this provider has it."""
    scheme, _, _ = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        return replace(request, url=f"{request.url.rpartition('/')[0]}/{_WRONG}")
    wrong = base64.b64encode(f"nobody:{_WRONG}".encode()).decode() if scheme == "Basic" else _WRONG
    return replace(request, headers={**request.headers, "Authorization": f"{scheme} {wrong}"})
