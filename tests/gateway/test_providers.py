"""`gateway providers`, the folder that it writes for a new one, and the tables that are made of what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.paths import ROOT
from gateway.simulator import Sender, senders, tables
from gateway.simulator.scaffold import new_provider, row
from tests.support.installed import typing


def test_all_of_them_are_listed_with_their_pages() -> None:
    listed = json.loads(typing(["providers", "list", "--json"]).stdout)
    assert [each["name"] for each in listed] == list(senders())
    for each in listed:
        assert (ROOT / each["page"]).is_file()
        assert f"{each['name']}  {each['title']}  {each['page']}\n" in typing(["providers", "list"]).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_provider("acme-mobile", None, None, tmp_path_factory.mktemp("functions"))


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", f"--config={ROOT / 'functions' / 'ruff.toml'}", "."),
        ("ruff", "format", "--check", f"--config={ROOT / 'functions' / 'ruff.toml'}", "."),
        ("mypy", f"--config-file={ROOT / 'pyproject.toml'}", "sender.py", "src/acme_mobile_webhook.py"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_new_folder_passes_lint(folder: Path, command: tuple[str, ...]) -> None:
    environment = {**os.environ, "MYPYPATH": f"{ROOT}:{ROOT / 'shared'}", "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_folder_says_what_is_to_be_found_out(folder: Path) -> None:
    unfinished = {
        str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file() and "TODO" in path.read_text()
    }
    assert unfinished == {
        *("README.md", "sender.py", "src/acme_mobile_webhook.py", "samples/SOURCES.md", "samples/expected.toml")
    }


def test_a_row_of_the_template_deploys_it() -> None:
    assert row("acme-mobile", None, "acme_mobile").strip() == (
        "AcmeMobile: {Name: acme-mobile, Title: Acme Mobile, Code: functions/acme_mobile/src/, "
        'Handler: acme_mobile_webhook.handler, Path: /acme-mobile, PathBelow: "/acme-mobile/{proxy+}"}'
    )


@pytest.mark.parametrize(
    ("name", "folder", "says"),
    [
        *((name, None, "can't be a new provider's name") for name in ("Acme", "a b", "a_b", "-a", "", "oauth2")),
        (next(iter(senders())), "another", "can't be a new provider's name"),
        *((name, None, "can't be the name of its modules") for name in ("1st", "class")),
        ("acme", "acme-sms", "can't be the name of its modules"),
        ("acme", "taken", "taken/ is there already"),
    ],
)
def test_a_name_that_can_not_be_is_told(tmp_path: Path, name: str, folder: str | None, says: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(GatewayError, match=says):
        new_provider(name, None, folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_tables_of_the_documentation_are_up_to_date() -> None:
    for path, content in tables.pages_with_tables().items():
        assert path.read_text(encoding="utf-8") == content, f"`make tables` writes {path.name} anew"


@pytest.mark.parametrize("sender", senders().values(), ids=lambda sender: sender.name)
def test_every_cell_of_the_table_is_known(sender: Sender) -> None:
    assert sender.table.keys() <= tables.CELLS.keys()
