"""Lambda's init phase: from the first import of a function to its first event.

What is imported stays, so that a garbage collection in between finds nothing; there are some forty, and they take 8 %
of the CPU of a cold start. Where the environment says so (our functions', by the template), there is none until `end`.
"""

import gc
import os

if os.environ.get("COLLECT_GARBAGE_DURING_INIT") == "false":
    gc.disable()


def end() -> None:
    """Ends it: what is there now is never looked through again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
