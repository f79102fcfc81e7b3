"""What commands share: which gateway they mean, when, how they show progress, and how they fail."""

import functools
import inspect
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Concatenate, NoReturn, ParamSpec

import typer
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.errors import GatewayError
from gateway.local.output import harmless
from gateway.operations.findings import Finding, Level
from gateway.operations.installation import Installation, installation_in_aws, local_installation
from gateway.paths import LOCAL, shown
from gateway.simulator import senders

P = ParamSpec("P")
StackName = Annotated[str | None, typer.Option("--stack", help="A stack in AWS; without it, the local one.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile; by default that of the AWS CLI.")]
Region = Annotated[str | None, typer.Option(help="The AWS region; by default that of the AWS CLI.")]
Work = Annotated[
    Path,
    typer.Option(help="The folder with the local stack's stack.json.", show_default=shown(LOCAL), file_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Execute = Annotated[bool, typer.Option("--execute", help="Do it; without this, only show what would be done.")]

WORK = LOCAL


class Topic(StrEnum):
    """The topics that events go to."""

    MESSAGES = "messages"
    DELIVERY = "delivery"


_MARKS = {Level.OK: "ok  ", Level.NOTE: "note", Level.TODO: "TODO"}
_AGES = {"m": "minutes", "h": "hours", "d": "days"}


def of_a_gateway(command: Callable[Concatenate[Installation, P], None]) -> Callable[P, None]:
    """Make a command of a function that takes an installation first: the command has the options that name one, finds
    it, and tells errors in one line.
    """

    @functools.wraps(command)
    def found(*arguments: Any, **options: Any) -> None:
        chosen = {name: options.pop(name) for name in _CHOICE}
        with errors_in_one_line(as_json=bool(options.get("as_json"))):
            command(find(**chosen), *arguments, **options)

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    choice = inspect.signature(find, eval_str=True).parameters.values()
    found.__signature__ = inspect.Signature([*own, *choice])  # type: ignore[attr-defined] # which typer reads
    found.__annotations__ = {each.name: each.annotation for each in (*own, *choice)}
    return found


def find(stack: StackName = None, profile: Profile = None, region: Region = None, work: Work = WORK) -> Installation:
    """Return the gateway that is meant; raises GatewayError or what boto3 raises."""
    return installation_in_aws(stack, profile, region) if stack else local_installation(work)


_CHOICE = tuple(inspect.signature(find).parameters)


def examples(*lines: str) -> str:
    """Return what `--help` shows below the options of a command."""
    return "Examples:\n\n" + "\n\n".join(f"- `{line}`" for line in lines)


def provider_names() -> list[str]:
    """Return what a shell completes where a provider is named."""
    return list(senders())


def typed_provider(unfinished: typer.Context) -> str:
    """Return the provider that a command line names that a shell completes; empty if it names none yet."""
    return next((it for it in (unfinished.params.get("provider"), *unfinished.args) if it in senders()), "")


def asked(unfinished: typer.Context, known: Callable[[Installation], Iterable[str]]) -> list[str]:
    """Return what a shell completes out of the gateway that a command line names; nothing where it can't be asked."""
    chosen = {name: value for name in _CHOICE if (value := unfinished.params.get(name)) is not None}
    with suppress(GatewayError, BotoCoreError, ClientError, OSError):
        return [*known(find(**chosen))]
    return []


def moment(text: str) -> datetime:
    """Read a time: ISO 8601, UTC where no zone is named; or an age, `90m`, `24h`, `7d`."""
    number, unit = text[:-1], text[-1:]
    try:
        if number.isdecimal() and unit in _AGES:
            return datetime.now(UTC) - timedelta(**{_AGES[unit]: int(number)})
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text} is neither a time (2026-01-31T12:00) nor an age (90m, 24h, 7d)") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def say(line: str) -> None:
    """Print one line as it is; whatever a terminal would obey is taken out."""
    Console(soft_wrap=True).print(harmless(line), highlight=False, emoji=False)


def say_findings(found: Iterable[Finding]) -> None:
    """Print what was found, with what to do about it."""
    for finding in found:
        say(f"{_MARKS[finding.level]}  {finding.what}: {finding.how}")
        if finding.advice:
            say(f"        {finding.advice}")


def say_json(value: Any) -> None:
    """Print JSON."""
    print(json.dumps(value, indent=2, default=_as_text))


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(type(value).__name__)


def shown_time(value: datetime) -> str:
    """Return a time for a line: to the second, in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def bar(what: str, total: int | None) -> Iterator[tuple[Progress, Any]]:
    """Show a progress bar on the error output, and only on a terminal: what is printed stays clean."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        yield progress, progress.add_task(what, total=total)


@contextmanager
def errors_in_one_line(*, as_json: bool = False) -> Iterator[None]:
    """Report what went wrong in one line (of JSON), and end with exit status 2 for wrong usage, else with 1."""
    try:
        yield
    except GatewayError as error:
        _fail(str(error), error.status, as_json=as_json)
    except (NoCredentialsError, PartialCredentialsError):
        _fail("No AWS credentials: set AWS_PROFILE, or --profile", 1, as_json=as_json)
    except NoRegionError:
        _fail("No AWS region: set AWS_REGION, or --region", 1, as_json=as_json)
    except (BotoCoreError, ClientError) as error:
        _fail(f"A call of AWS (or of the local engine) failed: {error}", 1, as_json=as_json)
    except OSError as error:
        if error.filename is None:  # about no file: a pipe that breaks is typer's business
            raise
        _fail(f"{error.filename}: {error.strerror}", 1, as_json=as_json)
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


def _fail(what: str, status: int, *, as_json: bool) -> NoReturn:
    print(json.dumps({"error": what}) if as_json else what, file=sys.stderr)
    raise typer.Exit(status) from None
