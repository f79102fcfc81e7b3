"""The trace that an event belongs to, as the CloudEvents extension `traceparent` carries it (W3C Trace Context)."""

import os
import re

_ROOT = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})\b")
_PARENT = re.compile(r"Parent=([0-9a-f]{16})\b")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")


def traceparent(delivery_id: str) -> str | None:
    """Return the trace in which Lambda runs this request; where it names none, one made of the delivery's id.

    What a provider sends in a header of that name is not taken over: a trace of its own says nothing about ours.
    """
    trace = os.environ.get("_X_AMZN_TRACE_ID", "")
    root, parent, own = _ROOT.search(trace), _PARENT.search(trace), delivery_id.replace("-", "")
    trace_id = root[1] + root[2] if root else own
    flags = "01" if root and "Sampled=1" in trace else "00"
    made = f"00-{trace_id}-{parent[1] if root and parent else own[16:]}-{flags}"
    return made if _TRACEPARENT.fullmatch(made) else None
