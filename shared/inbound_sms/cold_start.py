"""Garbage collection during a cold start: none between a function's first import and its first event.

Imported modules stay in memory, so collections during the imports free nothing; there are about forty, which take 8 %
of a cold start's CPU time. COLLECT_GARBAGE_DURING_INIT=false (set in template.yaml) disables them until `end`.
"""

import gc
import os

if os.environ.get("COLLECT_GARBAGE_DURING_INIT") == "false":
    gc.disable()


def end() -> None:
    """Enable garbage collection again, and exempt from it everything that exists by now."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
