"""What a function loads while it starts: each module costs time before the first request is answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.providers import ROOT

HANDLERS = sorted(path for path in ROOT.glob("functions/*/*.py") if "\ndef handler(" in f"\n{path.read_text()}"
                  or "\nhandler = " in path.read_text())  # fmt: skip
# boto3 and all that it brings; what is heavy beside it; what would speak HTTP beside our own client.
HEAVY = {
    *("boto3", "botocore.session", "botocore.client", "botocore.exceptions", "s3transfer", "urllib3"),
    *("aws_xray_sdk", "requests", "httpx", "asyncio", "http.client", "urllib.request", "xml.etree.ElementTree"),
    *("multiprocessing", "unittest", "tests", "gateway"),
}
EXCEPT = {"oauth_token": {"http.client", "urllib.request"}}  # by PyJWT; it issues a few tokens an hour
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
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED.format(name=handler.stem)],
        env=environment, cwd=handler.parent, capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip

    assert "inbound_sms.errors" in loaded
    assert HEAVY.intersection(loaded) == EXCEPT.get(handler.stem, set())
    assert [name for name in loaded if name.startswith("botocore.")] == []
