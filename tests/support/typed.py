"""Command lines as the command line's own parser reads them, without running anything."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from typer import BadParameter, Exit
from typer.main import get_command

from gateway.__main__ import app

_UsageError: type[Exception] = BadParameter.__bases__[0]  # an option that there isn't, an argument that is missing


@cache
def _program() -> Any:
    """Return the whole command line; it takes long to make."""
    return get_command(app)


def parsed(words: list[str]) -> None:
    """Parse down to the command that would be run; raise what the parser raises, but of files that aren't there."""
    command = _program()
    name, context = "gateway", None
    try:
        while context := command.make_context(name, words, parent=context):
            if not hasattr(command, "resolve_command"):
                return
            name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
    except Exit:
        return  # --version ends by one
    except BadParameter as error:
        if "No such file" not in str(error):
            raise


def complaint(words: list[str]) -> str:
    """Return what the parser has against a command line; nothing, if it could be run."""
    try:
        parsed(words)
    except _UsageError as error:
        return str(error)
    return ""


def every_command() -> Iterator[tuple[str, Any]]:
    """Yield each command that does something, by what is typed: `gateway secrets set`."""
    found: list[tuple[str, Any]] = [("gateway", _program())]
    for words, command in found:
        below = getattr(command, "commands", {})
        found += [(f"{words} {name}", each) for name, each in below.items()]
        if not below:
            yield words, command
