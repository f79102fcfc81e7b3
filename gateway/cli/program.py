"""The program as a whole: with --json, wrong usage is an error in JSON, too."""

import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import typer
from typer.core import TyperGroup

# What the parser raises: an option that there isn't, a value that can't be, an argument that is missing.
_WRONG_USAGE: type[Any] = typer.BadParameter.__bases__[0]


class Program(TyperGroup):
    """All commands."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run what was typed, and end with its exit status."""
        in_json = standalone_mode and "--json" in (sys.argv[1:] if args is None else args)
        run = partial(super().main, args, prog_name, complete_var, windows_expand_args=windows_expand_args, **extra)
        if not in_json:
            return run(standalone_mode=standalone_mode)
        try:
            status = run(standalone_mode=False)
        except _WRONG_USAGE as error:
            print(json.dumps({"error": error.format_message()}), file=sys.stderr)
            sys.exit(error.exit_code)
        except typer.Abort:
            sys.exit(1)
        sys.exit(status or 0)
