"""What a function loads while it starts: each module costs time before the first request is answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.providers import ROOT
from tests.support.template import resolved, template

VARIABLES = template()["Globals"]["Function"]["Environment"]["Variables"]
HANDLERS = sorted(path for path in ROOT.glob("functions/*/*.py") if "\ndef handler(" in f"\n{path.read_text()}"
                  or "\nhandler = " in path.read_text())  # fmt: skip
# boto3 and all that it brings; what is heavy beside it; what would speak HTTP beside our own client.
HEAVY = {
    *("boto3", "botocore.session", "botocore.client", "botocore.exceptions", "s3transfer", "urllib3"),
    *("aws_xray_sdk", "requests", "httpx", "asyncio", "http.client", "urllib.request", "xml.etree.ElementTree"),
    *("multiprocessing", "unittest", "tests", "gateway"),
    # what pydantic would look for plugins with, or validate mail addresses; codecs that hardly anybody declares
    *("importlib.metadata", "zipfile", "email.message", "pydantic.networks", "encodings.gb18030"),
    "multipart",
}
EXCEPT = {"oauth_token": {"http.client", "urllib.request", "email.message"}}  # by PyJWT; it issues a few tokens an hour
LOADED = "import sys, {name}; print(*sorted(sys.modules))"


def test_every_function_is_looked_at() -> None:
    assert {path.parent for path in HANDLERS} == {path.parent for path in ROOT.glob("functions/*/*.py")}


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.stem)
def test_a_function_loads_nothing_heavy(handler: Path) -> None:
    """With the layer and its folder on the path, as in Lambda. Powertools looks whether there is a botocore: that loads
    an empty package, and nothing of what is in it.
    """
    path = os.pathsep.join([str(handler.parent), str(ROOT / "shared")])
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"], "POWERTOOLS_SERVICE_NAME": "test"}
    environment["PYDANTIC_DISABLE_PLUGINS"] = resolved(VARIABLES["PYDANTIC_DISABLE_PLUGINS"])
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED.format(name=handler.stem)],
        env=environment, cwd=handler.parent, capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip

    assert "inbound_sms.errors" in loaded
    assert HEAVY.intersection(loaded) == EXCEPT.get(handler.stem, set())
    assert [name for name in loaded if name.startswith("botocore.")] == []


@pytest.mark.parametrize(("variables", "spared"), [({"PYDANTIC_DISABLE_PLUGINS": "true"}, True), ({}, False)])
def test_plugins_are_looked_for_where_nobody_switched_them_off(variables: dict[str, str], spared: bool) -> None:
    """As in the process of a subscriber, who may have some."""
    program = (
        "import sys, inbound_sms.models as m; m.Model.model_rebuild(); print('importlib.metadata' not in sys.modules)"
    )
    environment = {"PYTHONPATH": str(ROOT / "shared"), "PATH": os.environ["PATH"], **variables}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(spared)
