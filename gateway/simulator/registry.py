"""The providers: every folder of functions/ that has a sender.py. Nobody has to list them."""

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
    return sorted(path.parent for path in _FUNCTIONS.glob("*/sender.py"))


def sender_in(folder: Path) -> Sender:
    """Return the provider of a folder of functions/."""
    sender: Sender = importlib.import_module(f"functions.{folder.name}.sender").SENDER
    return sender


@cache
def pages() -> dict[str, Path]:
    """Return every provider's page, by its name."""
    return {sender_in(folder).name: folder / "README.md" for folder in folders()}
