"""What a gradual deployment adds to a built template, and the digest of a function: another one after any change that
makes it another function, and after no change of another function's code.
"""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.operations import gradual
from gateway.operations.gradual import KINDS, write
from gateway.template import expanded

CANARY = "Canary10Percent15Minutes"
TEMPLATE = {
    "Parameters": {"LogLevel": {"Type": "String"}},
    "Mappings": {"Built": {"Acme": {"CodeUri": "Acme"}, "Other": {"CodeUri": "Other"}}},  # as `sam build` leaves a loop
    "Conditions": {"Everything": {"Fn::Equals": [{"Ref": "LogLevel"}, "DEBUG"]}},
    "Globals": {"Function": {"MemorySize": 512}},
    "Resources": {
        "One": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "One", "Timeout": 3}},
        "Fn::ForEach::Loop": [
            "P",
            {"Ref": "Providers"},
            {
                "${P}Function": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {"CodeUri": {"Fn::FindInMap": ["Built", {"Ref": "P"}, "CodeUri"]}, "Timeout": 9},
                }
            },
        ],
        "Shared": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "Shared"}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "events"}},
    },
    "Outputs": {"Name": {"Value": "x"}},
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name in ("One", "Acme", "Other", "Shared"):
        (tmp_path / name / "package").mkdir(parents=True)
        (tmp_path / name / "package" / "code.py").write_text(name)
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(TEMPLATE))
    return tmp_path / "template.yaml"


def made(built: Path, parameters: bytes = b"LogLevel=INFO", kind: str = CANARY) -> Any:
    return yaml.safe_load(write(built, parameters, kind).read_text())


def digests(whole: Any) -> dict[str, str]:
    resources = expanded(whole, ["Acme", "Other"])["Resources"]
    assert "AutoPublishCodeSha256" not in resources["Shared"]["Properties"]
    functions = {"One": "One", "Acme": "AcmeFunction", "Other": "OtherFunction"}
    return {name: resources[function]["Properties"]["AutoPublishCodeSha256"] for name, function in functions.items()}


def rewritten(name: str, text: str = "changed") -> Callable[[Path], Any]:
    return lambda built: (built.parent / name / "package" / "code.py").write_text(text)


def replaced(old: str, new: str) -> Callable[[Path], Any]:
    return lambda built: built.write_text(built.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (rewritten("One", "One"), set()),  # the same as before
        (rewritten("One"), {"One"}),
        (rewritten("Other"), {"Other"}),
        (rewritten("Shared"), {"One", "Acme", "Other"}),
        (replaced("Timeout: 3", "Timeout: 4"), {"One"}),
        (replaced("MemorySize: 512", "MemorySize: 1024"), {"One", "Acme", "Other"}),
        (replaced("- DEBUG", "- TRACE"), {"One", "Acme", "Other"}),
        (replaced("QueueName: events", "QueueName: others"), {"One", "Acme", "Other"}),
        (lambda built: (built.parent / "One" / "package").rename(built.parent / "One" / "moved"), {"One"}),
    ],
)
def test_a_change_is_in_the_digest_of_whom_it_concerns(
    built: Path, change: Callable[[Path], Any], changed: set[str]
) -> None:
    before = digests(made(built))
    change(built)
    after = digests(made(built))

    assert {name for name in before if before[name] != after[name]} == changed


def test_a_parameter_s_value_is_in_every_digest_and_the_way_to_move_in_none(built: Path) -> None:
    before, after = digests(made(built)), digests(made(built, b"LogLevel=DEBUG"))

    assert not set(before.values()) & set(after.values())
    assert [len(each) for each in set(after.values())] == [64] * 3
    assert [digests(made(built, kind=kind)) for kind in KINDS] == [before] * len(KINDS)


# ---- The command -----------------------------------------------------------------------------------------------


def test_the_command_writes_it_beside_the_template_or_tells_in_a_line_what_is_wrong(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str | Path) -> tuple[Any, str]:
        monkeypatch.setattr(sys, "argv", ["gradual", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(gradual.__file__, run_name="__main__")
        said = capsys.readouterr()
        assert said.out == ""
        return ended.value.code, said.err

    values, written = built.parent / "samconfig.toml", built.parent / "gradual.yaml"
    values.write_text("LogLevel=INFO")
    for template, kind, named in ((built, "Canary10Percent5Minutes", KINDS), ("none.yaml", CANARY, ["none.yaml"])):
        status, complaint = run(template, values, kind)
        assert (status, complaint.count("\n"), written.exists()) == (1, 1, False)
        assert all(each in complaint for each in named)

    assert run(built, values, CANARY) == (0, "")
    found = yaml.safe_load(written.read_text())
    assert found == made(built)
    assert found["Outputs"]["FunctionAlias"]["Value"] == found["Globals"]["Function"]["AutoPublishAlias"]
    assert yaml.safe_load(built.read_text()) == TEMPLATE, "it stays for a plain deployment"
