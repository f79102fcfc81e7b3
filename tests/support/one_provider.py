"""`pytest --provider NAME`: all that concerns one provider, in seconds.

That is its folder's tests, and of the shared suites what is run for each provider, less what needs a running stack.
"""

from pathlib import Path

import pytest

from gateway.simulator.registry import folders, sender_in
from tests.support.providers import ROOT, Registered

_TAKES_ALL = (
    "folders()",
    "registered()",
    "those(",
    "rows()",
    "scheme_rows()",
)  # such a suite has its providers from the registry


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--provider", metavar="NAME", help="run only what concerns this provider (its name or its folder)")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    name = config.getoption("--provider")
    if not name or collection_path.suffix != ".py":
        return None
    if ROOT / "functions" in collection_path.parents:
        return True if _folder(name) not in collection_path.parents else None
    if "e2e" in collection_path.parts or not collection_path.name.startswith("test_"):
        return True
    text = collection_path.read_text(encoding="utf-8")
    return None if any(sign in text for sign in _TAKES_ALL) else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    name = config.getoption("--provider")
    if not name:
        return
    folder = _folder(name)
    kept = [item for item in items if folder in item.path.parents or _is_for(item, folder.name)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _folder(name: str) -> Path:
    found = {key: folder for folder in folders() for key in (folder.name, sender_in(folder).name)}
    if name not in found:
        raise pytest.UsageError(f"--provider {name}: there are {', '.join(sorted(found))}")
    return found[name]


def _is_for(item: pytest.Item, folder: str) -> bool:
    values = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    entries = [value if isinstance(value, Registered | Path) else getattr(value, "entry", None) for value in values]
    return folder in {entry.name if isinstance(entry, Path) else getattr(entry, "folder", None) for entry in entries}
