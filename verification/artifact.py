"""What `sam build` makes of a profile and of the layer, and how large that is."""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from gateway.local.sam import local_parameters, locked_build
from gateway.paths import BUILD, ENGINE_PYTHON, ROOT, SAM, TEMPLATE
from gateway.progress import silent
from gateway.template import load, rows
from tests.support.providers import pins, registered
from tests.support.versions import this_version

LARGEST_ZIP = 5_800_000  # bytes; every cold start on a new machine fetches it


def test_the_layer_is_small_has_bytecode_and_wheels_of_this_machine(tmp_path: Path) -> None:
    layer, parameters = this_version(tmp_path).template.parent / "SharedLayer", local_parameters()
    tag = parameters["Runtime"].replace("python", "cpython-").replace(".", "")
    modules = list(layer.rglob("*.py"))
    assert len(modules) > 100
    assert not [path for path in modules if not (path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc").exists()]

    [native] = layer.rglob("_pydantic_core*.so")
    assert native.name.startswith(f"_pydantic_core.{tag}-")
    processor = {"x86_64": "x86_64", "arm64": "aarch64"}[parameters["Architecture"]]
    assert processor in native.name or sys.platform != "linux"

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(layer.rglob("*")):
            archive.write(path, path.relative_to(layer))
    assert len(packed.getvalue()) < LARGEST_ZIP


def test_a_function_carries_just_the_libraries_that_it_asks_for(tmp_path: Path) -> None:
    stack, code = (
        this_version(tmp_path).template.parent,
        {row["Name"]: ROOT / row["Code"] for row in rows(load(TEMPLATE)).values()},
    )
    for entry in registered():
        requirements = code[entry.provider.name] / "requirements.txt"
        asked = pins(requirements) if requirements.is_file() else set()
        found = {path.stem.replace("-", "==") for path in (stack / entry.function).glob("*.dist-info")}
        assert found == asked
        natives = [path.name for path in (stack / entry.function).rglob("*.so") if ".abi3." not in path.name]
        assert [name for name in natives if os.uname().machine not in name and sys.platform == "linux"] == []


def build_by_profile(work: Path, parameters: str) -> subprocess.CompletedProcess[str]:
    """Run `sam build --config-env prod`, as `make build` does, with other values in that profile of samconfig.toml."""
    profiles, config = (ROOT / "samconfig.toml").read_text(), work / "samconfig.toml"
    assert "Providers=ChooseYours" in profiles
    config.write_text(profiles.replace("Providers=ChooseYours", parameters))
    folders = [f"--build-dir={work / 'built'}", f"--cache-dir={work / 'cache'}", f"--template={TEMPLATE}"]
    command = [SAM, "build", f"--config-file={config}", "--config-env=prod", *folders]
    environment = {**os.environ, "PATH": f"{ENGINE_PYTHON.parent}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    with locked_build(silent):  # a build throws away what it doesn't need of its cache, so it gets one of its own
        shutil.copytree(BUILD / "cache", work / "cache")
        shutil.copy(BUILD / "build.toml", work)
    return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)


def test_a_profile_decides_what_is_built_and_for_which_runtime(tmp_path: Path) -> None:
    local = local_parameters()
    chosen = sorted(rows(load(TEMPLATE)))[:2]
    values = [f"Providers={','.join(chosen)}", *(f"{name}={value}" for name, value in local.items())]
    done = build_by_profile(tmp_path, " ".join(values))
    assert done.returncode == 0, done.stderr

    folders = {each.name for each in (tmp_path / "built").iterdir() if each.is_dir()}
    everyone = {f"{prefix}Function" for prefix in rows(load(TEMPLATE))}
    assert folders & everyone == {f"{prefix}Function" for prefix in chosen}
    [native] = (tmp_path / "built" / "SharedLayer").rglob("_pydantic_core*.so")
    assert f"cpython-{local['Runtime'].removeprefix('python').replace('.', '')}-" in native.name


def test_until_somebody_chooses_nothing_is_built_and_it_is_said_why(tmp_path: Path) -> None:
    done = build_by_profile(tmp_path, "Providers=ChooseYours")

    assert done.returncode != 0
    assert "cannot find key 'ChooseYours' in map 'Provider'" in done.stderr
    assert not (tmp_path / "built").exists()
