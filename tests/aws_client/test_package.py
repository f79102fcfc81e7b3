"""The package stands alone: it knows nothing of the project, imports downwards, and loads little."""

import ast
import sys
from pathlib import Path

import pytest

from tests.support.providers import ROOT

# From the bottom to the top. A module may import those before it.
MODULES = [
    *("errors", "deadline", "sigv4", "tls", "http_messages", "protocols", "connecting", "connections", "environment"),
    *("service", "clients", "boto3_clients", "__init__"),
]
PACKAGE = ROOT / "shared" / "aws_client"
LIBRARIES = {"clients": {"pydantic_core"}, "boto3_clients": {"boto3", "botocore"}}


def imports_of(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_every_module_has_its_place() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_downwards_and_hardly_any_library(module: str) -> None:
    imported = imports_of(PACKAGE / f"{module}.py")
    ours = {name.removeprefix("aws_client.") for name in imported if name.startswith("aws_client")}
    others = {name.partition(".")[0] for name in imported} - {"aws_client"} - sys.stdlib_module_names

    assert ours <= set(MODULES[: MODULES.index(module)])
    assert others == LIBRARIES.get(module, set())
