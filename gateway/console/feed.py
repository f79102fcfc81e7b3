"""Fills the board: one thread listens to the topics, another looks at the numbers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from gateway.console.board import Board
from gateway.console.source import Watched
from gateway.local.output import read
from gateway.operations.dead_letters import dead_letters_of
from gateway.operations.quarantine import Quarantine
from gateway.operations.queues import number_in
from gateway.operations.tail import Filter, Listener, listening

_END_SECONDS = 5.0
_WAIT_SECONDS = 1
_AGAIN_SECONDS = 1


@contextmanager
def watching(watched: Watched, board: Board) -> Iterator[None]:
    """Keep the board up to date while the `with` block lasts. Raises what boto3 raises where it can't begin."""
    ended = threading.Event()
    with listening(watched.installation, Filter(), "console") as listener:
        steps = (lambda: _take_events(listener, board), lambda: _look(watched, board, ended))
        threads = [threading.Thread(target=_again_and_again, args=(step, board, ended), daemon=True) for step in steps]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(_END_SECONDS)


def _again_and_again(step: Callable[[], None], board: Board, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            step()
        except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by nobody, its news by everybody
            board.in_trouble(f"No news: {type(error).__name__}: {error}")
            ended.wait(_AGAIN_SECONDS)


def _take_events(listener: Listener, board: Board) -> None:
    for body in listener.arrived(_WAIT_SECONDS):
        board.arrived(read(body), datetime.now(UTC))


def _look(watched: Watched, board: Board, ended: threading.Event) -> None:
    it = watched.installation
    waiting = number_in(it.client("sqs"), it.deployed.queues.events)
    dead = {queue: letters.count() for queue, letters in dead_letters_of(it).items()}
    board.counted(watched.counts.totals(), waiting=waiting, dead=dead, kept=Quarantine(it).stock())
    ended.wait(watched.pause_seconds)
