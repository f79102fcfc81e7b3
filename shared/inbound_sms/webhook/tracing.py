"""The trace that an event belongs to, as the CloudEvents extension `traceparent` carries it (W3C Trace Context)."""

import os
import re

_TRACE = re.compile(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;Parent=([0-9a-f]{16}))?(?:;Sampled=([01]))?")  # Lambda's
_DELIVERY = re.compile(r"[0-9a-f]{32}")


def traceparent(delivery_id: str) -> str | None:
    """Return the trace in which Lambda runs this request; where it names none, one made of the delivery's id.

    What a provider sends in a header of that name is not taken over: a trace of its own says nothing about ours.
    """
    trace = _TRACE.match(os.environ.get("_X_AMZN_TRACE_ID", ""))
    if trace and trace[3]:
        return f"00-{trace[1]}{trace[2]}-{trace[3]}-0{trace[4] or 0}"
    own = delivery_id.replace("-", "")
    if not _DELIVERY.fullmatch(own):
        return None
    return f"00-{trace[1]}{trace[2]}-{own[16:]}-0{trace[4] or 0}" if trace else f"00-{own}-{own[16:]}-00"
