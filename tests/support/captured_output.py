"""Everything that a function lets out while it runs: what it logs, prints, counts, warns of and answers."""

import io
import logging
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field

from inbound_sms.observability import logger


@dataclass
class CapturedOutput:
    written: io.StringIO = field(default_factory=io.StringIO)
    answers: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join((self.written.getvalue(), *self.answers))

    def uncaught(self, error: BaseException) -> None:
        """Note what Lambda's runtime logs of an error that gets out of a handler: its kind, its text, where it was."""
        print(f"[ERROR] {type(error).__name__}: {error}", file=self.written)
        traceback.print_tb(error.__traceback__, file=self.written)


@contextmanager
def captured() -> Iterator[CapturedOutput]:
    """Listen while the block lasts.

    Lambda gives the root logger a handler, and leaves its level at WARNING: what libraries log at that level or above
    is in the function's log, too, with tracebacks.
    """
    heard = CapturedOutput()
    ours = logger.registered_handler
    assert isinstance(ours, logging.StreamHandler)
    before = ours.setStream(heard.written)
    theirs = logging.StreamHandler(heard.written)
    root = logging.getLogger()
    root.addHandler(theirs)
    try:
        with redirect_stdout(heard.written), redirect_stderr(heard.written), warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            yield heard
    finally:
        logging.captureWarnings(False)
        root.removeHandler(theirs)
        ours.setStream(before)
