"""What the examples give a release's template, and ask of it, is there: else it fails in the reader's account."""

import re
from pathlib import Path

import pytest

from gateway.operations.deploying_role import known_actions
from gateway.release import NAME, packaged_template, targets
from gateway.template import expanded, load, rows
from tests.support.providers import ROOT

TEMPLATE = packaged_template(load(ROOT / "template.yaml"), "0", dict.fromkeys(targets(), Path()))
DOCS, CDK, TERRAFORM = ROOT / "docs" / "deploying.md", ROOT / "examples/cdk/app.py", ROOT / "examples/terraform/main.tf"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (DOCS, r"ParameterKey=(\w+)"),
        (ROOT / "gateway" / "release.py", r"param_(\w+)="),
        (CDK, r'"([A-Z]\w+)": '),
        (TERRAFORM, r"\b([A-Z]\w+) += [^{]"),
    ],
    ids=lambda it: it.name if isinstance(it, Path) else "",
)
def test_every_parameter_that_is_given_is_one_and_none_is_missing(path: Path, given: str) -> None:
    found = set(re.findall(given, path.read_text()))
    required = {name for name, parameter in TEMPLATE["Parameters"].items() if "Default" not in parameter}

    assert found <= TEMPLATE["Parameters"].keys()
    assert found >= required - ({"Providers"} if path.name == "release.py" else set())  # the page asks for it


def test_every_output_that_is_asked_for_is_one() -> None:
    outputs = expanded(TEMPLATE, [*rows(TEMPLATE)])["Outputs"]
    asked = re.findall(r"Outputs\.(\w+)", CDK.read_text()) + re.findall(r"\b\w+TopicArn\b", TERRAFORM.read_text())
    assert asked
    assert set(asked) <= outputs.keys()


def test_every_permission_that_a_page_names_is_one_that_iam_knows() -> None:
    services = "apigateway cloudformation cloudwatch dynamodb events iam lambda logs pipes s3 servicequotas sns sqs ssm"
    named = re.compile(rf"`((?:{'|'.join(services.split())}):[A-Z]\w+)`")
    pages = [page.read_text() for page in (ROOT / "docs").rglob("*.md")]
    actions = {action.lower() for page in pages for action in named.findall(page)}
    assert len(actions) > 20
    assert actions <= known_actions()


@pytest.mark.parametrize("path", [DOCS, TERRAFORM], ids=lambda path: path.name)
def test_they_acknowledge_what_the_template_needs(path: Path) -> None:
    """As the profiles of sam do: test_samconfig.py."""
    for name in ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", f"{NAME}-"):
        assert name in path.read_text()
