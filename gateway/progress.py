"""Tells what is being done, and how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console

Progress = Callable[[str], AbstractContextManager[None]]


def silent(_step: str) -> AbstractContextManager[None]:
    """Tell nothing."""
    return nullcontext()


def on(console: Console) -> Progress:
    """Show a spinner while a step runs and a line when it is done; off a terminal, one line for each of the two."""

    @contextmanager
    def progress(step: str) -> Iterator[None]:
        start = time.monotonic()
        if console.is_terminal:
            with console.status(f"{step} ..."):
                yield
        else:
            console.print(f"  {step} ...")
            yield
        console.print(f"[green]✓[/] {step} [dim]({time.monotonic() - start:.1f} s)[/]", highlight=False)

    return progress
