"""Rebuild a request from what an event holds of it: the provider's payload, perhaps only a part of what was posted.

The content is the same, the bytes may differ: the gateway drops it as a duplicate.
"""

import copy
from collections.abc import Iterator
from typing import Any

from gateway.simulator.callback import Callback
from gateway.simulator.formats import Payload
from gateway.simulator.sender import Sender

_ALIKE_ENOUGH = 0.5

_Path = tuple[int | str, ...]


def remade(sender: Sender, payload: Payload) -> tuple[Callback, bytes] | None:
    """Return the kind of request that a payload came by, and its body; None where it is like none of them."""
    found = [
        (_likeness(part, payload), -len(path), -place, callback, path)
        for place, callback in enumerate(sender.callbacks.values())
        for path, part in _parts(callback.documented)
    ]
    likeness, *_, callback, path = max(found, key=lambda each: each[:3])
    if likeness < _ALIKE_ENOUGH:
        return None
    return callback, callback.written(_with(callback.documented, path, payload))


def _parts(payload: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    """Yield a payload and every object inside it, each with the way to it."""
    yield path, payload
    inside = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    for step, value in inside:
        yield from _parts(value, (*path, step))


def _likeness(one: Any, other: Any) -> float:
    """Return how many of the names that either object has both have."""
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return _likeness(one[0], other[0])
    if not isinstance(one, dict) or not isinstance(other, dict):
        return 0.0
    return len(one.keys() & other.keys()) / max(1, len(one.keys() | other.keys()))


def _with(documented: Payload, path: _Path, payload: Payload) -> Payload:
    """Return the documented payload with another one in some place; alone, where that is one of a list."""
    if not path:
        return payload
    whole = copy.deepcopy(documented)
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = payload
    if isinstance(holder, list):
        holder[:] = [payload]
    return whole
