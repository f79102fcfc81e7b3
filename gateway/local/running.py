"""Which process runs the local stack of a folder: it holds a lock there, and says in it who it is."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gateway.errors import GatewayError
from gateway.paths import shown

_LOCK = "lock"
_LOOKED_AT_SECONDS = 2.0


@contextmanager
def sole_user(work: Path) -> Iterator[None]:
    """Keep two stacks from writing into one folder; the system lets go of the lock however we end."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / _LOCK).open("a+") as lock:  # opening it empties nothing: it may be another's
        if not _taken(lock):
            raise GatewayError(f"Another local stack runs in {shown(work)}/; end it first (gateway down)")
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def running_process(work: Path) -> int | None:
    """Return the id of the process that runs the stack of a folder; None where none does."""
    try:
        with (work / _LOCK).open() as lock:
            return None if _locked(lock, fcntl.LOCK_SH) else int(lock.read() or 0) or None
    except FileNotFoundError:
        return None


def end(work: Path, seconds: float) -> int | None:
    """End the stack of a folder as Ctrl-C would; return the id of its process once it has ended, None where none runs.

    Only who holds the lock at this moment is ended. Raises GatewayError where that takes too long.
    """
    process = running_process(work)
    if process is None:
        return None
    try:
        os.kill(process, signal.SIGTERM)
    except ProcessLookupError:  # it has just ended by itself
        return process
    except PermissionError:
        raise GatewayError(f"The local stack in {shown(work)}/ is another user's (process {process})") from None
    deadline = time.monotonic() + seconds
    while running_process(work) == process:
        if time.monotonic() > deadline:
            raise GatewayError(f"The local stack in {shown(work)}/ (process {process}) did not end in {seconds:.0f} s")
        _pause()
    return process


def _taken(lock: IO[str]) -> bool:
    """Take the lock, unless another stack holds it; closing the file lets go of it.

    Who only looks whether one does shares it for a moment, which is waited for.
    """
    deadline = time.monotonic() + _LOOKED_AT_SECONDS
    while not _locked(lock, fcntl.LOCK_EX):
        if not _locked(lock, fcntl.LOCK_SH) or time.monotonic() > deadline:
            return False
        fcntl.flock(lock, fcntl.LOCK_UN)
        _pause()
    return True


def _locked(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pause() -> None:
    """Wait between two looks."""
    time.sleep(0.05)
