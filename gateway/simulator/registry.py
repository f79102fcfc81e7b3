"""The providers: every folder in functions/ that has a sender.py. Nobody has to list them.

Those that are configured, and no code of their own, share the src/ of the folder above them.
"""

import importlib
from functools import cache
from pathlib import Path

from gateway.paths import ROOT
from gateway.simulator.sender import Sender

_FUNCTIONS = ROOT / "functions"


@cache
def senders() -> dict[str, Sender]:
    """Return every provider by its name, in the order of their titles."""
    found = [sender_in(folder) for folder in folders()]
    return {sender.name: sender for sender in sorted(found, key=lambda sender: sender.title.lower())}


def folders() -> list[Path]:
    """Return the folders of the providers."""
    return sorted(path.parent for path in _FUNCTIONS.rglob("sender.py"))


def source_of(folder: Path) -> Path:
    """Return the folder of the code that is deployed for a provider: its own src/, or that of a folder above it."""
    return next(each / "src" for each in (folder, *folder.parents) if (each / "src").is_dir())


def sender_in(folder: Path) -> Sender:
    """Return the provider of a folder in functions/."""
    name = ".".join(folder.relative_to(_FUNCTIONS.parent).parts)
    sender: Sender = importlib.import_module(f"{name}.sender").SENDER
    return sender


@cache
def pages() -> dict[str, Path]:
    """Return every provider's page, by its name."""
    return {sender_in(folder).name: folder / "README.md" for folder in folders()}
