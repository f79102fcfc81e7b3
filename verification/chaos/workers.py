"""The engine's Lambda workers: which there are, who holds a connection, and an end to one. Linux only (/proc)."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

_PROC = Path("/proc")
_LOOK_SECONDS = 0.2
_NOTE_SECONDS = 0.05
_FANOUT_SHARE = 0.5  # of the kills: the fan-out is where a death can double


class Workers:
    """The workers under this process whose engine works in a certain folder; nobody else's are touched."""

    def __init__(self, work: Path, fanout: str) -> None:
        self._mark = f"TMPDIR={work / 'engine'}".encode()
        self._fanout = fanout
        self._functions: dict[int, str] = {}
        self._lock = threading.Lock()
        self.ended: dict[int, float] = {}  # when a worker was first seen to be gone, by its process id
        self.killed: Counter[str] = Counter()

    def look(self) -> dict[int, str]:
        parents = dict(_parents())
        with self._lock:
            for pid in _descendants(parents, os.getpid()) - self._functions.keys():
                if function := self._function_of(pid):
                    self._functions[pid] = function
            return {pid: name for pid, name in self._functions.items() if pid in parents}

    def owner_of(self, port: int, server_port: int) -> int | None:
        """Return the worker whose end of a connection has this port; None where it is gone already."""
        inode = _inode_of(port, server_port)
        if inode is None:
            return None
        known = self._functions.keys() - self.ended.keys()
        by_known = next((pid for pid in known if _holds(pid, inode)), None)
        return by_known or next((pid for pid in self.look().keys() - known if _holds(pid, inode)), None)

    def note_ends(self, until: threading.Event) -> None:
        """Note when workers end, by whatever, until it is told to stop."""
        while not until.wait(_NOTE_SECONDS):
            with self._lock:
                for pid in self._functions.keys() - self.ended.keys():
                    if _parent_of(_PROC / str(pid)) is None:
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

    def kill_at_random(self, seed: int, every: float, requests: Callable[[], int], until: threading.Event) -> None:
        """Kills one after another until it is told to stop: one for every so many requests, on average.

        Requests are the clock, not time: a slow machine gets no more kills than it has work done in between.
        """
        chance = random.Random(f"{seed}/kills")
        due = chance.expovariate(1 / every)
        while not until.wait(chance.uniform(0, _LOOK_SECONDS)):
            alive = self.look() if requests() >= due else {}
            if alive:
                fanouts = sorted(pid for pid, function in alive.items() if function == self._fanout)
                self.kill(chance.choice(fanouts if fanouts and chance.random() < _FANOUT_SHARE else sorted(alive)))
                due = requests() + chance.expovariate(1 / every)

    def _function_of(self, pid: int) -> str | None:
        try:
            environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:  # it has just ended
            return None
        names = [value for value in environment if value.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")]
        return names[0].partition(b"=")[2].decode() if names and self._mark in environment else None


def _parents() -> Iterator[tuple[int, int]]:
    """Return every process that runs, with its parent."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent_of(entry)) is not None:
            yield int(entry.name), parent


def _parent_of(process: Path) -> int | None:
    """Return a process's parent; None where it has ended, collected or not."""
    try:
        state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state in "ZX" else int(parent)


def _descendants(parents: dict[int, int], ancestor: int) -> set[int]:
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _holds(pid: int, inode: str) -> bool:
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
