"""Every link in README, docs and the providers' pages leads somewhere: to a file, and to a heading in it."""

import re
from pathlib import Path

import pytest

from tests.support.providers import ROOT

PAGES = [
    ROOT / "README.md",
    *(page for name in ("docs", "functions", "schemas") for page in (ROOT / name).rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in headings(target), f"{path}#{anchor}"


def test_what_the_tools_refer_to_in_docs_is_there() -> None:
    said = set[tuple[str, str]]()
    for path in (ROOT / "template.yaml", ROOT / "CHANGELOG.md", *(ROOT / "gateway").rglob("*.py")):
        said |= set(re.findall(r"\b(docs/[\w/-]+\.md)(?:#([\w-]+))?", path.read_text(encoding="utf-8")))
    assert [it for it in said if it[1] and it[1] not in headings(ROOT / it[0])] == []
    assert [page for page, _ in said if not (ROOT / page).exists()] == []
