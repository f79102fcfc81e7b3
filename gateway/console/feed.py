"""Fills the board: one thread listens to the topics, one reads the logs, another looks at the numbers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from gateway.console.board import Board
from gateway.console.source import DEAD_SHOWN, KEPT_SHOWN, Watched
from gateway.local.output import read
from gateway.operations.dead_letters import EVENTS, dead_letters_of
from gateway.operations.quarantine import Quarantine
from gateway.operations.queues import number_in
from gateway.operations.tail import Filter, Listener, listening

_END_SECONDS = 5.0
_WAIT_SECONDS = 1
_AGAIN_SECONDS = 1
_NOT_READ_AGAIN_SECONDS = 30


@contextmanager
def watching(watched: Watched, board: Board) -> Iterator[None]:
    """Keep the board up to date while the `with` block lasts. Raises what boto3 raises where it can't begin."""
    ended = threading.Event()
    look = _Look(watched, board)
    with listening(watched.installation, Filter(), "console") as listener:
        steps: tuple[Callable[[], float], ...] = (
            lambda: _take_events(listener, board),
            lambda: _read_logs(watched, board),
            look.once,
        )
        threads = [threading.Thread(target=_again_and_again, args=(step, board, ended), daemon=True) for step in steps]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(_END_SECONDS)


def _again_and_again(step: Callable[[], float], board: Board, ended: threading.Event) -> None:
    """Take a step, and pause for as many seconds as it returns, until it is the end."""
    while not ended.is_set():
        try:
            pause = step()
        except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by nobody, its news by everybody
            board.in_trouble(f"No updates: {type(error).__name__}: {error}")
            pause = _AGAIN_SECONDS
        ended.wait(pause)


def _take_events(listener: Listener, board: Board) -> float:
    for body in listener.arrived(_WAIT_SECONDS):
        board.published(read(body), datetime.now(UTC))
    return 0


def _read_logs(watched: Watched, board: Board) -> float:
    """Read what is new. Whoever may see the rest need not be allowed to read the logs."""
    try:
        lines = watched.logbook.new()
    except (BotoCoreError, ClientError) as error:
        board.unread(f"The logs can't be read, so duplicates and refused requests are not shown: {error}")
        return _NOT_READ_AGAIN_SECONDS
    watched.counts.logged(lines)
    board.logged(lines)
    return watched.log_pause_seconds


@dataclass
class _Look:
    """Looks at what there is at a moment; into quarantine and dead letters only where something changed."""

    watched: Watched
    board: Board
    _mark: str = ""
    _dead: int = field(default=0)

    def once(self) -> float:
        it = self.watched.installation
        totals = self.watched.counts.totals()
        letters = dead_letters_of(it)
        dead = {queue: each.count() for queue, each in letters.items()}
        quarantine = Quarantine(it)
        stock = quarantine.stock()
        if stock.mark != self._mark:
            stock, kept = quarantine.newest(KEPT_SHOWN)
            self.board.kept(kept, are_all=stock.number <= KEPT_SHOWN)
            self._mark = stock.mark
        if dead[EVENTS] != self._dead:
            with self.watched.looking:
                found = letters[EVENTS].look(DEAD_SHOWN)
            self.board.dead(found, are_all=dead[EVENTS] <= DEAD_SHOWN)
            self._dead = dead[EVENTS]
        waiting = number_in(it.client("sqs"), it.deployed.queues.events)
        self.board.counted(totals, waiting=waiting, dead=dead, kept=stock)
        return self.watched.pause_seconds
