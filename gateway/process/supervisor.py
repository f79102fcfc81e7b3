"""Runs a command, and sees to it that neither the command nor anything it started outlives who asked for it.

It is a process of its own, so it can still tidy up when the asking process was killed outright: its standard input is a
pipe that the asking process holds open and that the system closes when that process ends, however it ends. It imports
nothing of ours, to start quickly.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 5
_PR_SET_PDEATHSIG = 1


def main(grace_seconds: float, command: list[str]) -> int:
    """Run the command to its end, or until the standard input is closed; return its exit status."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: None)  # not SIG_IGN, which the command would inherit
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - there is one thread yet
    )
    threading.Thread(target=_end_when_released, args=[child, grace_seconds], daemon=True).start()
    status = child.wait()
    _signal_group(child, signal.SIGKILL)  # what the command left behind
    return status if status >= 0 else 128 - status


def _die_with_parent() -> None:
    """Run in the child: should the keeper itself be killed, Linux then ends the command."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_when_released(child: subprocess.Popen[bytes], grace_seconds: float) -> None:
    os.read(sys.stdin.fileno(), 1)  # nobody writes; it returns when the other end is closed
    _signal_group(child, signal.SIGTERM)
    try:
        child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        _signal_group(child, signal.SIGKILL)


def _signal_group(child: subprocess.Popen[bytes], signum: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signum)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
