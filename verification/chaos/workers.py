"""The engine's Lambda workers: which of them holds a connection, and an end to one. Linux only (/proc)."""

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

_PROC = Path("/proc")
_NOTE_SECONDS = 0.05


class Workers:
    """The workers whose engine works in a certain folder; nobody else's are touched."""

    def __init__(self, work: Path) -> None:
        self._mark = f"TMPDIR={work / 'engine'}".encode()
        self._known: list[int] = []
        self.ended: dict[int, float] = {}  # when a worker was first seen to be gone, by its process id
        self.killed: Counter[str] = Counter()  # by function

    def owner_of(self, port: int, server_port: int) -> int | None:
        """Return the worker whose end of a connection has this port; None where it is gone already."""
        inode = _inode_of(port, server_port)
        owner = next((pid for pid in chain(self._alive(), self._others()) if _holds(pid, inode)), None)
        if owner and owner not in self._known:
            self._known.append(owner)
        return owner

    def note_ends(self, until: threading.Event) -> None:
        """Note when workers end, by whatever, until it is told to stop."""
        while not until.wait(_NOTE_SECONDS):
            for pid in self._alive():
                if not self._function_of(pid):
                    self.ended.setdefault(pid, time.monotonic())

    def kill(self, pid: int) -> None:
        """End a worker at once, as when its machine fails."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)  # the number cannot become somebody else's meanwhile
            try:
                if function := self._function_of(pid):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    self.ended.setdefault(pid, time.monotonic())
                    self.killed[function] += 1
            finally:
                os.close(handle)

    def _alive(self) -> list[int]:
        return [pid for pid in self._known if pid not in self.ended]

    def _others(self) -> Iterator[int]:
        found = (int(process.name) for process in _PROC.iterdir() if process.name.isdigit())
        return (pid for pid in found if pid not in self._known and self._function_of(pid))

    def _function_of(self, pid: int) -> str | None:
        """Return the function that a process runs; None where it is no worker of ours, or has ended."""
        try:
            environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            return None
        names = [value for value in environment if value.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")]
        return names[0].partition(b"=")[2].decode() if names and self._mark in environment else None


def _holds(pid: int, inode: str | None) -> bool:
    with contextlib.suppress(OSError):
        return any(str(link.readlink()) == f"socket:[{inode}]" for link in (_PROC / str(pid) / "fd").iterdir())
    return False


def _inode_of(port: int, server_port: int) -> str | None:
    """Return the socket of a connection on this machine, from its client's side."""
    for line in (_PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ends = [int(end.rpartition(":")[2], 16) for end in fields[1:3]]
        if ends == [port, server_port]:
            return fields[9]
    return None
