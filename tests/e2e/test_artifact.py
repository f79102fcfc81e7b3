"""What `sam build` makes of the layer, and how large it is."""

import io
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.local.local_stack import prepare
from gateway.local.sam import BUILT_TEMPLATE, local_parameters
from gateway.progress import silent

LARGEST_ZIP = 5_600_000  # bytes; every cold start on a new machine fetches it


@pytest.fixture(scope="module")
def layer() -> Path:
    try:
        prepare(silent)
    except GatewayError as error:
        pytest.fail(str(error), pytrace=False)
    return BUILT_TEMPLATE.parent / "SharedLayer"


def test_every_module_of_the_layer_has_bytecode(layer: Path) -> None:
    tag = local_parameters()["Runtime"].replace("python", "cpython-").replace(".", "")
    modules = list(layer.rglob("*.py"))
    without = [path for path in modules if not (path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc").exists()]

    assert len(modules) > 100
    assert not without


def test_the_layer_has_wheels_of_this_machine(layer: Path) -> None:
    parameters = local_parameters()
    version = parameters["Runtime"].removeprefix("python").replace(".", "")
    [native] = layer.rglob("_pydantic_core*.so")

    assert native.name.startswith(f"_pydantic_core.cpython-{version}-")
    assert {"x86_64": "x86_64", "arm64": "aarch64"}[
        parameters["Architecture"]
    ] in native.name or sys.platform != "linux"


def test_the_layer_stays_small(layer: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(layer.rglob("*")):
            archive.write(path, path.relative_to(layer))

    assert len(packed.getvalue()) < LARGEST_ZIP
