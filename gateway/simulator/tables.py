"""Writes what README.md, docs/providers.md and docs/media.md say of every provider, and what the function for media has
to know of each, from what its sender.py says: `make tables`.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.paths import ROOT
from gateway.simulator.registry import pages, senders
from gateway.simulator.sender import KINDS, Sender

MEDIA_SOURCES = ROOT / "functions" / "media" / "media_sources.json"
CELLS = {  # by the keys of Sender.table
    "sms": "Inbound SMS",
    "mms": "MMS",
    "reports": "Delivery reports",
    "other": "Anything else",
    "authentication": "Authentication",
    "response": "Success response",
    "retries": "Retries (its documentation)",
    "id": "Event ID",
}
DETAILS = ("sms", "mms", "reports", "other", "response", "retries", "id")
_NOT_OFFERED = ("-", "no", "published as unknown")  # how the cells begin that README's table shows as a dash


def named() -> list[Sender]:
    """Return every provider with a name of its own; what a document in Parameter Store describes could be anybody."""
    return [sender for sender in senders().values() if not sender.document]


def providers() -> str:
    """Return README's table: a row for each provider, its name a link to its page."""
    rows = []
    for sender in named():
        cells = (sender.table.get(name, "-") for name in ("mms", "reports"))
        offered = ("-" if cell.startswith(_NOT_OFFERED) else "yes" for cell in cells)
        rows.append([_linked(sender, ROOT), *offered, _authentication(sender)])
    return _table(["Provider", "MMS", "Delivery reports", "Authentication"], rows)


def details() -> str:
    """Return the table of what differs between the providers."""
    rows = [[_linked(each, ROOT / "docs"), *(each.table.get(name, "-") for name in DETAILS)] for each in named()]
    return _table(["Provider", *(CELLS[name] for name in DETAILS)], rows)


def kinds() -> str:
    """Return the table of the kinds of secrets that each provider can authenticate by."""
    rows = [[_linked(sender, ROOT / "docs"), ", ".join(f"`{kind}`" for kind in sender.secrets)] for sender in named()]
    return _table(["Provider", "Kinds, the usual one first"], rows)


def media() -> str:
    """Return the table of what a download of media takes."""
    rows = [
        [_linked(sender, ROOT / "docs"), ", ".join(f"`{host}`" for host in (*it.hosts, *it.open_hosts)), it.what]
        for sender in named()
        if (it := sender.media)
    ]
    return _table(["provider", "hosts", "credentials"], rows)


def media_sources() -> str:
    """Return what the function that copies media reads."""
    found = {
        sender.name: {"hosts": list(it.hosts), "open_hosts": list(it.open_hosts)}
        for sender in senders().values()
        if (it := sender.media)
    }
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def pages_with_tables() -> Mapping[Path, str]:
    """Return the pages as they should be."""
    found = {MEDIA_SOURCES: media_sources()}
    for path, parts in {
        ROOT / "README.md": {"providers": providers()},
        ROOT / "docs" / "providers.md": {"kinds": kinds(), "details": details()},
        ROOT / "docs" / "media.md": {"media": media()},
    }.items():
        text = path.read_text(encoding="utf-8")
        for title, content in parts.items():
            text = put(text, title, content)
        found[path] = text
    return found


def put(page: str, title: str, content: str) -> str:
    """Put something between its two marks in a page; raise ValueError where they are missing."""
    begin, end = (f"<!-- {title}: {mark} -->" for mark in ("begin", "end"))
    head, found, rest = page.partition(begin)
    _, ended, tail = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"the page has no place for {title}")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def _authentication(sender: Sender) -> str:
    return ", ".join(filter(None, (*(KINDS[kind] for kind in sender.secrets), sender.table.get("authentication"))))


def _linked(sender: Sender, start: Path) -> str:
    return f"[{sender.title}]({Path(os.path.relpath(pages()[sender.name], start)).as_posix()})"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    lines.insert(1, "| --- " * (lines[0].count(" | ") + 1) + "|")
    return "\n".join(lines)


if __name__ == "__main__":
    for page, content in pages_with_tables().items():
        page.write_text(content, encoding="utf-8")
