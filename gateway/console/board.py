"""What the page shows: kept here while it is served, told to whoever listens."""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from gateway.console.counts import Totals
from gateway.console.news import News
from gateway.console.overview import Overview
from gateway.console.rows import Row, Rows
from gateway.operations.dead_letters import DeadLetter
from gateway.operations.logs import Logged
from gateway.operations.quarantine import Kept, Stock

_TOLD_AT_ONCE = 500  # rows


class Board:
    """Written by threads, read by the server's event loop and by the threads of its answers."""

    def __init__(self, providers: Sequence[str], rows: Rows | None = None) -> None:
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._rows = rows or Rows()
        self._news = News(self._rows)
        self._overview = Overview(providers)
        self.version = 0  # grows with every change of the numbers
        self.closed = False

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Return an event of the running loop that is set whenever something changes."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        self._listeners.add(listener)
        try:
            yield listener[1]
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Lets those who listen go."""
        self.closed = True
        self._tell()

    def published(self, event: Mapping[str, Any], now: datetime) -> None:
        """Note an event that a subscriber got just now."""
        with self._changing():
            self._overview.arrived(self._news.published(event, now))

    def logged(self, lines: Iterable[Logged]) -> None:
        """Note what the functions logged."""
        with self._changing():
            for line in lines:
                if provider := self._news.logged(line):
                    self._overview.accepted(provider, line.at.isoformat())
            self._note(logs_unknown=None)

    def unread(self, why: str) -> None:
        """Note why the logs can't be read."""
        with self._changing():
            self._note(logs_unknown=why)

    def answered(self, seconds: float) -> None:
        """Note how long a provider waited for an answer."""
        with self._lock:
            self._overview.answered(seconds)

    def kept(self, found: Iterable[Kept], *, are_all: bool) -> None:
        """Note what is in the quarantine."""
        with self._changing():
            self._news.kept(found, are_all=are_all)

    def dead(self, letters: Iterable[DeadLetter], *, are_all: bool) -> None:
        """Note what the fan-out gave up."""
        with self._changing():
            self._news.dead(letters, are_all=are_all)

    def counted(self, totals: Totals, *, waiting: int, dead: dict[str, int], kept: Stock) -> None:
        """Note the numbers of a moment."""
        with self._changing():
            self._overview.counted(totals)
            self._note(waiting=waiting, dead=dead, kept=kept, trouble=None)
            self.version += 1  # there is another point

    def in_trouble(self, what: str) -> None:
        """Note why numbers or events don't come; it is over with the next ones that do."""
        with self._changing():
            self._note(trouble=what)

    def overview(self, after: int = 0) -> tuple[int, dict[str, Any]]:
        """Return the numbers with the points behind a place, and the place to go on from."""
        with self._lock:
            return self._overview.told(after)

    def rows(self, after: int = 0) -> tuple[int, list[dict[str, Any]]]:
        """Return rows that changed after a cursor, and the cursor to go on from: none are left where none are told."""
        with self._lock:
            return self._rows.after(after, _TOLD_AT_ONCE)

    def row(self, id_: str) -> tuple[Row, dict[str, Any] | None] | None:
        """Return a row as it is now, and its whole event; None where there is no such row."""
        with self._lock:
            row = self._rows.find(id_)
            return (Row(**vars(row)), self._rows.document(row.id)) if row else None

    def _note(self, **values: Any) -> None:
        state = self._overview.state
        if any(getattr(state, name) != value for name, value in values.items()):
            self.version += 1
        for name, value in values.items():
            setattr(state, name, value)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            yield
        self._tell()

    def _tell(self) -> None:
        for loop, changed in tuple(self._listeners):
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)
