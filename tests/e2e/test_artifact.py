"""What `sam build` makes of a profile and of the layer, and how large that is."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.errors import GatewayError
from gateway.local.local_stack import prepare
from gateway.local.sam import BUILT_TEMPLATE, local_parameters, locked_build
from gateway.paths import BUILD, ENGINE_PYTHON, ROOT, SAM, TEMPLATE
from gateway.progress import silent
from gateway.template import load, rows

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


# ---- By a profile --------------------------------------------------------------------------------------------------


def build_by_profile(work: Path, parameters: str) -> subprocess.CompletedProcess[str]:
    """Run `sam build --config-env prod`, as `make build` does, with other values in that profile of samconfig.toml."""
    profiles, config = (ROOT / "samconfig.toml").read_text(), work / "samconfig.toml"
    assert "Providers=ChooseYours" in profiles
    config.write_text(profiles.replace("Providers=ChooseYours", parameters))
    folders = [f"--build-dir={work / 'built'}", f"--cache-dir={BUILD / 'cache'}", f"--template={TEMPLATE}"]
    command = [SAM, "build", f"--config-file={config}", "--config-env=prod", *folders]
    environment = {**os.environ, "PATH": f"{ENGINE_PYTHON.parent}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    with locked_build(silent):
        return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)


def test_a_profile_decides_what_is_built_and_for_which_runtime(tmp_path: Path) -> None:
    local = local_parameters()
    chosen = sorted(rows(load(TEMPLATE)))[:2]
    values = [f"Providers={','.join(chosen)}", *(f"{name}={value}" for name, value in local.items())]
    done = build_by_profile(tmp_path, " ".join(values))
    assert done.returncode == 0, done.stderr

    built = {each.name for each in (tmp_path / "built").iterdir() if each.is_dir()}
    everyone = {f"{prefix}Function" for prefix in rows(load(TEMPLATE))}
    assert built & everyone == {f"{prefix}Function" for prefix in chosen}
    [native] = (tmp_path / "built" / "SharedLayer").rglob("_pydantic_core*.so")
    assert f"cpython-{local['Runtime'].removeprefix('python').replace('.', '')}-" in native.name


def test_until_somebody_chooses_nothing_is_built_and_it_is_said_why(tmp_path: Path) -> None:
    done = build_by_profile(tmp_path, "Providers=ChooseYours")

    assert done.returncode != 0
    assert "cannot find key 'ChooseYours' in map 'Provider'" in done.stderr
    assert not (tmp_path / "built").exists()
