"""How the layer is built: for which targets, of which pins, and what happens where bytecode can't be made."""

import importlib.util
import itertools
import re
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement

from tests.support.providers import ROOT, pins
from tests.support.template import template

SHARED = ROOT / "shared"
REQUIREMENTS = ("requirements/*.txt", "shared/*.txt", "functions/**/*requirements.txt", "functions/*/vendor.txt",
                "bench/**/requirements.txt")  # fmt: skip
HERE = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """shared/layer/build.py, with packages that need no network."""
    spec = importlib.util.spec_from_file_location("layer_build", SHARED / "layer" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(
        module, "install", lambda _runtime, _architecture, folder, _requirements: (folder / "bin").mkdir()
    )
    return module


def test_every_target_that_the_template_offers_has_its_makefile() -> None:
    offered = [template()["Parameters"][name]["AllowedValues"] for name in ("Runtime", "Architecture")]
    makefiles = {path.parent.name: path.read_text() for path in SHARED.glob("layer/*/Makefile")}
    assert makefiles == {
        f"{runtime}-{architecture}": f"RUNTIME := {runtime}\nARCHITECTURE := {architecture}\ninclude layer/build.mk\n"
        for runtime, architecture in itertools.product(*offered)
    }


def test_what_is_deployed_is_what_the_tests_ran_with_and_nothing_is_resolved(build: ModuleType) -> None:
    """Of what a function needs beside the layer, all is pinned: what that needs, too."""
    tested, functions = pins(ROOT / "requirements" / "dev.txt"), ROOT.glob("functions/*/src/requirements.txt")

    assert pins(SHARED / "requirements.txt") <= tested
    assert {path.parent.name for path in SHARED.glob("*/__init__.py")} == set(build.PACKAGES)
    for own in map(pins, functions):
        names = {pin.partition("==")[0] for pin in own}
        needed = [Requirement(line) for name in names for line in metadata.requires(name) or ()]
        assert own <= tested
        assert names >= {each.name for each in needed if not each.marker or each.marker.evaluate({"extra": ""})}


def test_every_package_that_is_installed_anywhere_has_hashes_and_a_bot_that_proposes_newer_ones() -> None:
    watched = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"][0]["directories"]
    for path in (each for pattern in REQUIREMENTS for each in ROOT.glob(pattern)):
        assert any(path.parent.match(f"{ROOT}{folder}") for folder in watched), path
        text = path.read_text()
        assert "://" not in text, "where packages come from is the business of whoever installs them"
        hashed = set(re.findall(r"^(\S+==.+) \\\n    --hash=sha256:[0-9a-f]{64}\b", text, re.MULTILINE))
        assert pins(path) - {"-r dev.txt"} == hashed, path
    installs = re.findall(r"-m pip .* install .*", (ROOT / "Makefile").read_text())
    assert [line for line in installs if "--require-hashes" not in line] == []


def test_the_package_comes_with_bytecode_that_is_never_compared_with_its_source(
    build: ModuleType, tmp_path: Path
) -> None:
    build.main(HERE, "arm64", tmp_path / "python")

    source = tmp_path / "python" / "inbound_sms" / "webhook" / "handler.py"
    bytecode = Path(importlib.util.cache_from_source(str(source))).read_bytes()
    assert source.exists()
    assert bytecode[:4] == importlib.util.MAGIC_NUMBER
    assert bytecode[4:8] == b"\x01\0\0\0"  # PEP 552: by hash, unchecked
    assert b"/opt/python/inbound_sms/webhook/handler.py" in bytecode
    assert not (tmp_path / "python" / "bin").exists()


def test_without_the_runtimes_own_python_the_layer_goes_without_bytecode_and_says_so(
    build: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build.main("python3.99", "arm64", tmp_path)

    assert (tmp_path / "inbound_sms" / "webhook" / "handler.py").exists()
    assert not list(tmp_path.rglob("*.pyc"))
    assert "WARNING: python3.99 is not on PATH" in capsys.readouterr().out
