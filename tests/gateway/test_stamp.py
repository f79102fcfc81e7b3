"""The digest of a function: another one after any change that makes it another function, and only then."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.stamp import stamp

TEMPLATE = {
    "Parameters": {"LogLevel": {"Type": "String"}},
    "Globals": {"Function": {"MemorySize": 512}},
    "Resources": {
        "One": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "One", "Timeout": 3}},
        "Other": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "Other", "Timeout": 3}},
        "Shared": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "Shared"}},
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name in ("One", "Other", "Shared"):
        (tmp_path / name / "package").mkdir(parents=True)
        (tmp_path / name / "package" / "code.py").write_text(name)
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(TEMPLATE))
    return tmp_path / "template.yaml"


def digests(built: Path, parameters: bytes = b"LogLevel=INFO") -> dict[str, str]:
    stamp(built, parameters)
    resources: dict[str, Any] = yaml.safe_load(built.read_text())["Resources"]
    assert "AutoPublishCodeSha256" not in resources["Shared"]["Properties"]
    return {name: resources[name]["Properties"]["AutoPublishCodeSha256"] for name in ("One", "Other")}


def write(name: str, text: str = "changed") -> Callable[[Path], Any]:
    return lambda built: (built.parent / name / "package" / "code.py").write_text(text)


def replaced(old: str, new: str) -> Callable[[Path], Any]:
    return lambda built: built.write_text(built.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (write("One", "One"), set()),
        (write("One"), {"One"}),
        (write("Other"), {"Other"}),
        (write("Shared"), {"One", "Other"}),
        (replaced("MemorySize: 512", "MemorySize: 1024"), {"One", "Other"}),
        (lambda built: (built.parent / "One" / "package").rename(built.parent / "One" / "moved"), {"One"}),
    ],
    ids=["nothing", "its code", "the other's code", "the layer", "a property", "a file's place"],
)
def test_a_change_is_in_the_digest_of_whom_it_concerns(
    built: Path, change: Callable[[Path], Any], changed: set[str]
) -> None:
    before = digests(built)
    change(built)
    after = digests(built)

    assert {name for name in before if before[name] != after[name]} == changed


def test_a_parameter_s_value_is_in_every_digest(built: Path) -> None:
    before = digests(built)
    after = digests(built, b"LogLevel=DEBUG")

    assert not set(before.values()) & set(after.values())
    assert len(set(after.values())) == 2
    assert all(len(each) == 64 for each in after.values())
