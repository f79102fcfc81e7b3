"""Who may know whom, how long a file may be, and where a provider's name may stand."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from gateway.simulator.registry import folders, sender_in
from gateway.simulator.sender import Sender
from tests.support.providers import ROOT

SHARED = ROOT / "shared"
FUNCTIONS = sorted(path for path in (ROOT / "functions").iterdir() if any(path.rglob("*.py")) and path.is_dir())

# The layer's packages and modules from the bottom to the top. One may import those before it, and what is beside it.
LAYER = [
    *("cold_start", "errors", "model", "events", "observability", "parsing.text", "parsing.repair", "parsing.charsets"),
    *("settings", "parsing", "sns", "auth", "storage", "publishing", "joining", "webhook", "api", "dialects"),
]


def python_files(*names: str) -> Iterator[Path]:
    return chain.from_iterable(sorted((ROOT / name).rglob("*.py")) for name in names)


@cache
def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "inbound_sms":
            found |= {f"inbound_sms.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def taken_from_the_layer(folder: str) -> set[str]:
    imported = chain.from_iterable(map(imports_of, python_files(folder)))
    return {name for name in imported if name.partition(".")[0] == "inbound_sms"}


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


# ---- The layer -------------------------------------------------------------------------------------------------------


def modules() -> dict[str, set[str]]:
    """Return the layer's modules by name, with those of the layer that each imports."""
    found = {}
    for path in (SHARED / "inbound_sms").rglob("*.py"):
        name = ".".join(path.relative_to(SHARED).with_suffix("").parts).removesuffix(".__init__")
        found[name] = {each for each in imports_of(path) if each.startswith("inbound_sms.")}
    return found


def level(module: str) -> int:
    name = module.removeprefix("inbound_sms.") + "."
    return LAYER.index(max((part for part in LAYER if name.startswith(f"{part}.")), key=len))


def test_the_layer_imports_downwards() -> None:
    layer = modules()
    del layer["inbound_sms"]  # which imports cold_start, before all else

    upwards = [(name, each) for name, imported in layer.items() for each in imported if level(each) > level(name)]
    assert upwards == []
    assert [*TopologicalSorter(layer).static_order()], "and nowhere in a circle"


@pytest.mark.parametrize(
    ("folder", "strangers"),
    [
        ("shared", {"functions", "gateway", "tests", "bench", "verification"}),
        ("shared/aws_client", {"inbound_sms"}),  # a package of its own
        ("gateway", {"tests", "bench", "verification"}),
        ("gateway/simulator", {"inbound_sms"}),  # a provider's side shares no code with ours
        ("gateway/backfill", {"inbound_sms"}),
        ("bench", {"tests"}),
    ],
)
def test_what_stands_below_knows_nothing_of_what_stands_above(folder: str, strangers: set[str]) -> None:
    assert {path: known for path in python_files(folder) if (known := tops(path) & strangers)} == {}


def test_a_persons_commands_share_with_the_functions_what_a_parameter_of_secrets_may_hold() -> None:
    assert taken_from_the_layer("gateway") <= {"inbound_sms.auth", "inbound_sms.auth.media"}


@pytest.mark.parametrize("folder", FUNCTIONS, ids=lambda folder: folder.name)
def test_a_function_knows_no_other_function_and_a_sender_nothing_of_what_is_deployed(folder: Path) -> None:
    others = {
        path.stem for other in FUNCTIONS if other != folder for path in (*other.glob("*.py"), *other.glob("src/*.py"))
    }
    mine = {path.stem for path in folder.glob("src/*.py")}
    deployed = [*folder.glob("src/*.py")] or [*folder.glob("*.py")]

    for path in deployed:
        assert not tops(path) & (others - mine | {"functions", "gateway", "tests", "bench"}), path
    for path in (*folder.glob("sender.py"), *folder.glob("backfill.py")):
        assert not tops(path) & (mine | others | {"inbound_sms"}), path


# ---- What subscribers install ----------------------------------------------------------------------------------------

CONTRACT = {"inbound_sms.errors", "inbound_sms.events", "inbound_sms.model"}
CARRIED = ("inbound_sms.events", "inbound_sms.sns")


def test_what_a_subscriber_installs_is_what_that_needs() -> None:
    settings = tomllib.loads((ROOT / "subscriber" / "pyproject.toml").read_text())["tool"]["setuptools"]
    layer = modules()

    taken = taken_from_the_layer("subscriber/inbound_sms_subscriber")
    assert {name for name in taken if not name.startswith(CARRIED)} <= CONTRACT
    listed = set(settings["py-modules"]) - {"inbound_sms.__init__", "inbound_sms.cold_start"}  # which comes before all
    carried = {name: imported for name, imported in layer.items() if name.startswith(CARRIED)}
    assert settings["packages"] == ["inbound_sms_subscriber", *CARRIED]
    assert listed == (CONTRACT | set(chain.from_iterable(carried.values()))) - carried.keys()


def test_a_subscriber_needs_pydantic_and_nothing_else_and_keeps_its_collector_and_its_plugins() -> None:
    """In a fresh process, in which importing anything else of the environment fails. Pydantic looks for plugins by
    importlib.metadata where nobody switched them off.
    """
    program = """
import gc, sys
allowed = {"inbound_sms", "inbound_sms_subscriber", "pydantic", "pydantic_core", "annotated_types"}
allowed |= {"typing_extensions", "typing_inspection", *sys.stdlib_module_names}
class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and not top.startswith("_sysconfigdata"):
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
from inbound_sms.model import Model
from inbound_sms_subscriber import MemoryStore, SnsEndpoint, event_of, once
Model.model_rebuild()
print(gc.isenabled(), gc.get_freeze_count(), "importlib.metadata" in sys.modules)
try:
    SnsEndpoint(["arn:aws:sns:eu-west-1:123456789012:messages"])
except ImportError as error:
    print(error)
"""
    environment = {"PYTHONPATH": f"{SHARED}:{ROOT / 'subscriber'}", "AWS_LAMBDA_FUNCTION_NAME": "f"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True 0 True", 'SnsEndpoint needs the package "cryptography"']


# ---- Length, and names -----------------------------------------------------------------------------------------------

MOST_LINES = 250
CONTRACT_IN_FULL = SHARED / "inbound_sms" / "events" / "__init__.py"  # one model for each type of event


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    files = python_files("functions", "shared", "gateway", "subscriber")
    assert [path for path in files if path.read_text().count("\n") > MOST_LINES] == [CONTRACT_IN_FULL]


# Where a provider is named outside of its folder, and why.
NAMED = {
    "bench/textbook/": "what people write by the textbook, for one certain provider: the benchmark compares with it",
    "bench/traffic.py": "the one provider whose webhook the benchmark measures beside that",
    "bench/__main__.py": "the function of that provider",
    "bench/README.md": "describes the comparison",
    "shared/aws_client/errors.py": "an error code of AWS that begins like a provider's name",
    "verification/upgrade/stored/": "events as an older version stored them",
}
TEXT = {".py", ".md", ".json", ".toml", ".yaml", ".yml", ".txt", ".js", ".html", ".css", ".sh"}


def names_of(sender: Sender, folder: str) -> Iterator[str]:
    """Yield what a provider is called, in lower case, with whatever may stand between the words."""
    for name in (folder, sender.name, sender.title):
        parts = re.split("[ _-]", name.lower())
        yield from (between.join(parts) for between in (" ", "_", "-", ""))
    first = sender.title.lower().partition(" ")[0]
    if len(first) > 4:
        yield first


def test_no_provider_is_named_outside_of_its_folder() -> None:
    branded = [(sender_in(folder), folder.name) for folder in folders() if sender_in(folder).document is None]
    names = set(chain.from_iterable(names_of(*each) for each in branded))
    places = []
    for folder in ("shared", "gateway", "subscriber", "tests", "verification", "bench"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in TEXT:
                text = path.read_text(encoding="utf-8").lower()
                if any(name in text for name in names):
                    places.append(str(path.relative_to(ROOT)))
    assert [path for path in places if not path.startswith(tuple(NAMED))] == []
    assert [place for place in NAMED if not any(path.startswith(place) for path in places)] == [], "no longer needed"
