"""The providers whose folder has a backfill.py. Nobody has to list them."""

import importlib
from functools import cache

from gateway.backfill.declared import Backfill
from gateway.paths import ROOT
from gateway.simulator.registry import folders, sender_in


@cache
def backfills() -> dict[str, Backfill]:
    """Return what can be asked for messages, by the provider's name."""
    found: dict[str, Backfill] = {}
    for folder in folders():
        if (folder / "backfill.py").is_file():
            module = importlib.import_module(".".join((*folder.relative_to(ROOT).parts, "backfill")))
            found[sender_in(folder).name] = module.BACKFILL
    return found
