"""Who may know whom: modules of the layer import downwards, a function knows its own folder and the layer."""

import ast
from pathlib import Path

import pytest

from tests.support.providers import ROOT

# From the bottom to the top. A module may import those before it.
LAYER = [
    *("errors", "numbers", "text", "times", "settings", "events"),
    *("udh", "documents", "request", "strays", "normalise"),
    *("aws.sigv4", "aws.http1", "aws.tls", "aws.connections", "aws.protocols", "aws.service", "aws"),
    *("observability", "auth", "tokens", "schemes", "secrets"),
    *("queue", "quarantine", "payloads", "claims", "topic"),
    *("intake", "replay", "receive"),
]
PACKAGE = ROOT / "shared" / "inbound_sms"
FOLDERS = sorted(path for path in (ROOT / "functions").iterdir() if path.is_dir())


def name_of(path: Path) -> str:
    """Gives the name by which LAYER knows a file; a package is named after its folder."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "inbound_sms":
            found |= {f"inbound_sms.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_every_module_of_the_layer_has_its_place() -> None:
    assert {name_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"} == set(LAYER)


@pytest.mark.parametrize("module", LAYER)
def test_the_layer_imports_downwards(module: str) -> None:
    [path] = (path for path in PACKAGE.rglob("*.py") if name_of(path) == module)
    imported = imports_of(path)
    ours = {name.removeprefix("inbound_sms.") for name in imported if name.startswith("inbound_sms.")}

    assert ours <= set(LAYER[: LAYER.index(module)])
    assert not {name.partition(".")[0] for name in imported} & {"functions", "gateway", "tests", "bench"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_function_knows_no_other_function(folder: Path) -> None:
    others = {path.stem for other in FOLDERS if other != folder for path in other.glob("*.py")}

    for path in folder.glob("*.py"):
        assert not imports_of(path) & (others | {"gateway", "tests", "bench"})


def test_the_persons_side_shares_no_code_with_the_receiving_side() -> None:
    for path in (ROOT / "gateway").rglob("*.py"):
        assert not any(name.startswith("inbound_sms") for name in imports_of(path))
