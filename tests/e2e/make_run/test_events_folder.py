"""The files in events/ do what the README says they are for, on the local stack as it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.operations.stack import Stack
from gateway.paths import ROOT
from tests.e2e.make_run.up import PROVIDERS

FILES = sorted(file for name in (*PROVIDERS, "fanout") for file in (ROOT / "events").glob(f"{name}-*.json"))


def function_of(path: Path, stack: Stack) -> str:
    """Return the function whose name the file's begins with."""
    [name] = [name for name in stack.functions if path.name.startswith(f"{name}-")]
    return stack.functions[name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_function_takes_its_event(path: Path, stack: Stack, boto: Callable[[str], Any]) -> None:
    response = boto("lambda").invoke(FunctionName=function_of(path, stack), Payload=path.read_bytes())
    answer = json.loads(response["Payload"].read())

    assert "FunctionError" not in response, answer
    if path.stem.startswith("fanout-"):
        assert answer == {"batchItemFailures": []}
    else:
        assert answer["statusCode"] == 200
        assert "quarantined" not in answer["body"]
