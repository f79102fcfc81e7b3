"""`gateway providers`, the folder that it writes for a new one, and the tables that are made of what they say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.paths import ROOT, TEMPLATE
from gateway.simulator import pages, senders, tables
from gateway.simulator.registry import source_of
from gateway.simulator.scaffold import new_provider, row
from tests.support.installed import typing


def test_all_of_them_are_listed_with_their_pages() -> None:
    shown, listed = (typing(["providers", "list", *as_json]).stdout for as_json in ([], ["--json"]))
    assert [each["name"] for each in json.loads(listed)] == list(senders())
    for each in json.loads(listed):
        assert (ROOT / each["page"]).is_file()
        assert f"{each['name']}  {each['title']}  {each['page']}\n" in shown


def test_a_new_folder_passes_lint_and_says_what_is_to_be_found_out(tmp_path: Path) -> None:
    folder = new_provider("acme-mobile", None, None, tmp_path)
    for command in (
        ["ruff", "check", "--config=functions/ruff.toml", folder],
        ["ruff", "format", "--check", "--config=functions/ruff.toml", folder],
        ["mypy", folder / "sender.py", folder / "src" / "acme_mobile_webhook.py"],  # and its cache, as for the rest
    ):
        words = [sys.executable, "-m", *map(str, command)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    files = [path for path in folder.rglob("*.*") if path.is_file() and "cache" not in str(path)]
    assert {str(path.relative_to(folder)) for path in files if "TODO" in path.read_text()} == {
        *("README.md", "sender.py", "src/acme_mobile_webhook.py", "samples/SOURCES.md", "samples/expected.toml")
    }


@pytest.mark.parametrize("name", senders())
def test_a_row_of_the_template_is_like_those_that_are_there(name: str) -> None:
    folder = pages()[name].parent
    written = row(name, senders()[name].title, folder.name, source_of(folder).parent.name)
    assert f"\n{written[:-1]}" in TEMPLATE.read_text(encoding="utf-8")


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
    for sender in senders().values():
        assert sender.table.keys() <= tables.CELLS.keys()
