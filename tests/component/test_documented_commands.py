"""Every command in README, docs and the providers' pages can be typed as it stands there; and in README and docs, it is
run by a test or says why not.

What a `console` block shows is matched with whoever would read it: the command line's own parser, AWS's service models,
the Makefile. Commands of `gateway` in a block without a mark are run here. A mark is a comment above the block:

    <!-- run by tests/e2e/make_run -->    or    <!-- not run: needs an AWS account -->
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from tests.support.installed import Desk, typing
from tests.support.providers import ROOT
from tests.support.typed import complaint, parsed

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "functions").rglob("README.md"))]
BLOCK = re.compile(r"(?:^ *<!-- (?P<mark>[^\n]*) -->\n)?^ *```console\n(?P<lines>.*?)^ *```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"run by (?P<path>[\w./]+)\S?.*|not run: .+")
INLINE = re.compile(r"`(?:bin/)?gateway\s+([^-`][^`]*)`")
OF_THE_AWS_CLI = {("cloudformation", "deploy"), ("cloudformation", "wait")}  # no operations of AWS's
RENAMED = {"notification-endpoint": "endpoint"}  # by the AWS CLI
OF_NO_STACK = {"providers", "--version"}
OF_EVERY_COMMAND = {"region", "profile"}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Block:
    page: Path
    mark: str
    commands: list[list[str]]


def blocks() -> Iterator[Block]:
    for page in PAGES:
        for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
            yield Block(page, found["mark"] or "", list(commands(found["lines"])))


def commands(lines: str) -> Iterator[list[str]]:
    """Yield the words of each command after a prompt, without variables before it and comments behind it."""
    for line in re.findall(r"^ *\$ (.*?)(?: <+ .*)?$", lines.replace("\\\n", " "), re.MULTILINE):
        for command in re.sub(r"\s+# .*|\s+#$", "", line).split(" | "):
            words = shlex.split(command)
            while re.match("[A-Z_]+=", words[0]):
                del words[0]
            yield [words[0].removeprefix("bin/"), *words[1:]]


BLOCKS = list(blocks())


def understood_by_aws(words: list[str]) -> None:
    service, operation, *rest = words
    if service == "s3" or (service, operation) in OF_THE_AWS_CLI:
        return
    model = botocore.session.get_session().get_service_model(service)
    [name] = [name for name in model.operation_names if xform_name(name, "-") == operation]
    known = {xform_name(member, "-") for member in model.operation_model(name).input_shape.members} | OF_EVERY_COMMAND
    said = {word.removeprefix("--").removeprefix("no-") for word in rest if word.startswith("--")}
    assert {RENAMED.get(option, option) for option in said} <= known


def understood_by_make(words: list[str]) -> None:
    for word in words:
        name, assigned, _ = word.partition("=")
        assert (f"$({name})" if assigned else f"\n{name}:") in MAKEFILE, word


READERS = {"gateway": parsed, "aws": understood_by_aws, "make": understood_by_make}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_says_is_understood(page: Path) -> None:
    for program, *words in [command for block in BLOCKS if block.page == page for command in block.commands]:
        if read := READERS.get(program):
            read(words)
        for word in words if program != "make" else ():
            if word.endswith(".py") or (program.endswith("python") and "/" in word):
                assert (ROOT / word).exists(), word
    said = INLINE.findall(page.read_text(encoding="utf-8"))
    assert [words for words in said if complaint(shlex.split(words)).startswith("No such")] == []


def test_what_is_not_run_here_says_where_or_why_not() -> None:
    for block in BLOCKS:
        if block.mark:
            assert (how := MARK.fullmatch(block.mark)), block
            assert not how["path"] or (ROOT / how["path"]).exists(), block


RUN = [block for block in BLOCKS if not block.mark and not block.page.is_relative_to(ROOT / "functions")]


@pytest.mark.parametrize("block", RUN, ids=lambda block: f"{block.page.name}: {' '.join(block.commands[0])}"[:100])
def test_what_is_documented_is_run(block: Block, office: Desk) -> None:
    for program, *words in block.commands:
        if program == ".venv/bin/python" and words[:2] == ["-m", "pytest"]:
            continue  # `make test` runs it
        assert program == "gateway", "run it elsewhere, and say so in a mark above the block"
        if "--stack" in words:
            del words[(place := words.index("--stack")) : place + 2]
        ended = office.run(*words) if words[0] not in OF_NO_STACK else typing(words)
        assert ended.exit_code in {0, 1}, ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit)
