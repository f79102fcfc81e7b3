"""From what a provider said to events: adds what only the gateway knows."""

import hashlib
from typing import Any

from inbound_sms.events import Event, Message, Unknown
from inbound_sms.request import Request
from inbound_sms.text import is_opt_out


def message(request: Request, own_id: str, *, payload: object, **said: Any) -> Event:
    """Gives the event of an inbound message; `said` are fields of Message, `payload` is what the provider sent."""
    opt_out = is_opt_out(said.get("text"), request.settings.opt_out_words)
    return Event.of(own_id, Message(**_arrival(request, payload), **said, opt_out=opt_out))


def unknown(request: Request, *, payload: object, **said: Any) -> Event:
    """Gives the event of a callback that there is no model for; `said` are fields of Unknown.

    Its id is the hash of the body, the same in every retry.
    """
    own_id = "sha256:" + hashlib.sha256(request.body).hexdigest()
    return Event.of(own_id, Unknown(**_arrival(request, payload), **said))


def hash_of(*parts: bytes) -> str:
    """Gives one SHA-256 for several values, each prefixed by its length, so that no two lists share one."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()


def _arrival(request: Request, payload: object) -> dict[str, Any]:
    secret = request.path_parameters.get("secret")
    return {
        "provider": request.provider,
        "received_at": request.received_at,
        "authenticated_by": request.authenticated_by,
        "delivery_id": request.delivery_id,
        "provider_payload": _without(secret, payload) if secret else payload,
    }


def _without(secret: str, value: object) -> object:
    """Blots out the secret of the URL's path: URL Networks repeats our URL in every message, for all subscribers."""
    if isinstance(value, str):
        return value.replace(secret, "***")
    if isinstance(value, list):
        return [_without(secret, each) for each in value]
    if isinstance(value, dict):
        return {key: _without(secret, each) for key, each in value.items()}
    return value
