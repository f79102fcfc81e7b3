"""Who may know whom: modules of the layer import downwards, a function knows its own folder and the layer."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.providers import ROOT

# From the bottom to the top. A module may import those before it.
LAYER = [
    *("cold_start", "errors", "model"),
    *("parsing.hashing", "events.numbers", "parsing.text", "parsing.times", "settings", "events"),
    *("parsing.udh", "parsing.body", "parsing.fields", "parsing.request", "parsing.items", "parsing.normalise"),
    *("aws.sigv4", "aws.http1", "aws.tls", "aws.connections", "aws.protocols", "aws.service", "aws"),
    *("observability", "auth", "auth.tokens", "auth.schemes", "auth.signature", "auth.secret_store"),
    *("storage.queue", "storage.quarantine", "storage.payload_store"),
    *(
        "publishing.queued",
        "publishing.deduplication",
        "publishing.message_attributes",
        "publishing.email_text",
        "publishing.publisher",
    ),
    *("webhook.replay", "webhook.provider", "webhook.ingest", "webhook.handler", "api"),
    *("parsing", "storage", "publishing", "webhook"),
]
PACKAGE = ROOT / "shared" / "inbound_sms"
FOLDERS = sorted(path for path in (ROOT / "functions").iterdir() if path.is_dir())


def name_of(path: Path) -> str:
    """Gives the name by which LAYER knows a file; a package is named after its folder."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "inbound_sms":
            found |= {f"inbound_sms.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_every_module_of_the_layer_has_its_place() -> None:
    names = {name_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert names == set(LAYER)


@pytest.mark.parametrize("module", LAYER)
def test_the_layer_imports_downwards(module: str) -> None:
    [path] = (path for path in PACKAGE.rglob("*.py") if name_of(path) == module)
    imported = imports_of(path)
    ours = {name.removeprefix("inbound_sms.") for name in imported if name.startswith("inbound_sms.")}

    assert ours <= set(LAYER[: LAYER.index(module)])
    assert not {name.partition(".")[0] for name in imported} & {"functions", "gateway", "tests", "bench"}


def test_what_subscribers_take_knows_the_contract_and_nothing_that_runs_here() -> None:
    for path in (ROOT / "subscriber" / "inbound_sms_subscriber").glob("*.py"):
        ours = {name for name in imports_of(path) if name.startswith("inbound_sms.")}
        assert {name for name in ours if not name.startswith("inbound_sms_subscriber")} <= {
            *("inbound_sms.errors", "inbound_sms.events", "inbound_sms.model")
        }


def test_what_a_subscriber_installs_is_what_that_needs() -> None:
    settings = tomllib.loads((ROOT / "subscriber" / "pyproject.toml").read_text())["tool"]["setuptools"]
    listed = {name.removeprefix("inbound_sms.") for name in settings["py-modules"]} - {"__init__"}
    shared = ROOT / "shared" / "inbound_sms"
    sources = [
        *(ROOT / "subscriber").glob("*/*.py"),
        *shared.glob("events/*.py"),
        *(shared / f"{name}.py" for name in listed),
    ]
    needed = {
        name.removeprefix("inbound_sms.")
        for path in sources
        for name in imports_of(path)
        if name.startswith("inbound_sms.")
    }

    assert settings["packages"] == ["inbound_sms_subscriber", "inbound_sms.events"]
    assert {name for name in needed if not name.startswith("events")} == listed - {"cold_start"}


def test_a_subscriber_needs_pydantic_and_nothing_else() -> None:
    """In a fresh process, in which importing anything else of the environment fails."""
    allowed = {
        "inbound_sms",
        "inbound_sms_subscriber",
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
    }
    program = f"""
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {allowed} and not top.startswith("_sysconfigdata"):
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
from inbound_sms_subscriber import MemoryStore, SnsEndpoint, event_of, once
try:
    SnsEndpoint(["arn:aws:sns:eu-west-1:123456789012:messages"])
except ImportError as error:
    print(error)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command,
        env={"PYTHONPATH": f"{ROOT / 'shared'}:{ROOT / 'subscriber'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == 'SnsEndpoint needs the package "cryptography"'


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_function_knows_no_other_function(folder: Path) -> None:
    others = {path.stem for other in FOLDERS if other != folder for path in other.glob("*.py")}

    for path in folder.glob("*.py"):
        assert not imports_of(path) & (others | {"gateway", "tests", "bench"})


def test_the_persons_side_shares_no_code_with_the_receiving_side() -> None:
    for path in (ROOT / "gateway").rglob("*.py"):
        assert not any(name.startswith("inbound_sms") for name in imports_of(path))


@pytest.mark.parametrize(("folder", "above"), [("gateway", {"bench", "tests"}), ("bench", {"tests"})])
def test_what_a_person_runs_imports_nothing_that_stands_upon_it(folder: str, above: set[str]) -> None:
    paths = list((ROOT / folder).rglob("*.py"))
    assert paths
    for path in paths:
        assert not {name.partition(".")[0] for name in imports_of(path)} & above, path
