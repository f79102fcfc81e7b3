"""The package imports downwards, and loads little."""

import ast
import sys

import pytest

from tests.support.providers import ROOT

# From the bottom to the top. A module may import those before it.
MODULES = [
    *("errors", "deadline", "sigv4", "tls", "http_messages", "protocols", "connecting", "connections", "environment"),
    *("service", "clients", "boto3_clients", "__init__"),
]
LIBRARIES = {"clients": {"pydantic_core"}, "boto3_clients": {"boto3", "botocore"}}


@pytest.mark.parametrize("path", sorted((ROOT / "shared" / "aws_client").glob("*.py")), ids=lambda path: path.stem)
def test_a_module_imports_downwards_and_hardly_any_library(path):
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    ours = {name.removeprefix("aws_client.") for name in imported if name.startswith("aws_client")}

    assert ours <= set(MODULES[: MODULES.index(path.stem)])
    libraries = {name.partition(".")[0] for name in imported} - {"aws_client"} - sys.stdlib_module_names
    assert libraries == LIBRARIES.get(path.stem, set())
