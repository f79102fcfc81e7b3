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
from tests.support.template import resources, template

SHARED = ROOT / "shared"
REQUIREMENTS = (
    "requirements/*.txt",
    "shared/*.txt",
    "functions/**/*requirements.txt",
    "functions/*/vendor.txt",
    "bench/**/requirements.txt",
)
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
    metadata = resources("AWS::Serverless::LayerVersion")["SharedLayer"]["Metadata"]

    assert metadata["BuildMethod"] == "makefile"
    assert metadata["ContextPath"] == {"Fn::Sub": "shared/layer/${Runtime}-${Architecture}"}
    makefiles = {path.parent.name: path.read_text() for path in SHARED.glob("layer/*/Makefile")}
    assert makefiles == {
        f"{runtime}-{architecture}": f"RUNTIME := {runtime}\nARCHITECTURE := {architecture}\ninclude layer/build.mk\n"
        for runtime, architecture in itertools.product(*offered)
    }


def test_the_layer_carries_what_the_tests_ran_with_and_every_package_of_ours(build: ModuleType) -> None:
    layer = pins(SHARED / "requirements.txt")

    assert layer <= pins(ROOT / "requirements" / "dev.txt")
    assert {path.parent.name for path in SHARED.glob("*/__init__.py")} == set(build.PACKAGES)


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


def test_a_function_carries_what_the_tests_ran_with_and_nothing_is_resolved() -> None:
    """Of what a function needs beside the layer, all is pinned: what that needs, too."""
    for path in ROOT.glob("functions/*/src/requirements.txt"):
        own = pins(path)
        needed = {
            Requirement(line).name
            for pin in own
            for line in metadata.requires(pin.partition("==")[0]) or ()
            if (marker := Requirement(line).marker) is None or marker.evaluate({"extra": ""})
        }
        assert own <= pins(ROOT / "requirements" / "dev.txt")
        assert needed <= {pin.partition("==")[0] for pin in own}


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
