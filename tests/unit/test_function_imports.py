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
OF_WEBHOOKS = {f"inbound_sms.{name}" for name in ("request", "documents", "strays", "normalise")}
OF_NO_TEXT = {"inbound_sms.publishing.queued", "sinch_reports"}  # what the fan-out reads; what is no text
EXCEPT = {"oauth_token": {"http.client", "urllib.request", "email.message"}}  # by PyJWT; it issues a few tokens an hour
MOST_COLLECTIONS = 5  # what the standard library needs before our first module; with all of it, 45
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
    assert (OF_WEBHOOKS if handler.stem == "fanout" else OF_NO_TEXT).isdisjoint(loaded)


@pytest.mark.parametrize(("variables", "spared"), [({"PYDANTIC_DISABLE_PLUGINS": "true"}, True), ({}, False)])
def test_plugins_are_looked_for_where_nobody_switched_them_off(variables: dict[str, str], spared: bool) -> None:
    """As in the process of a subscriber, who may have some."""
    program = (
        "import sys, inbound_sms.model as m; m.Model.model_rebuild(); print('importlib.metadata' not in sys.modules)"
    )
    environment = {"PYTHONPATH": str(ROOT / "shared"), "PATH": os.environ["PATH"], **variables}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(spared)


STARTED = """
import gc
rounds = lambda: sum(generation["collections"] for generation in gc.get_stats())
before = rounds()
import {name}
print(rounds() - before, gc.isenabled(), gc.get_freeze_count() > 10_000)
"""
SETTINGS = {
    **dict.fromkeys(("QUEUE_URL", "MESSAGES_TOPIC", "DELIVERY_TOPIC"), "https://sqs.eu-west-1.amazonaws.com/1/x"),
    **dict.fromkeys(("QUARANTINE_BUCKET", "PAYLOADS_BUCKET", "CLAIMS_TABLE", "PROVIDER_PARAMETER"), "there-is-none"),
    "FUNCTION_TIMEOUT_SECONDS": "20",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
}


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.stem)
def test_no_garbage_is_collected_before_a_function_has_started_and_afterwards_it_is(handler: Path) -> None:
    path = os.pathsep.join([str(handler.parent), str(ROOT / "shared")])
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_NAME": "f", **SETTINGS}
    environment["COLLECT_GARBAGE_DURING_INIT"] = resolved(VARIABLES["COLLECT_GARBAGE_DURING_INIT"])
    done = subprocess.run(
        [sys.executable, "-c", STARTED.format(name=handler.stem)],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    collections, *rest = done.stdout.splitlines()[-1].split()
    assert int(collections) <= MOST_COLLECTIONS, done
    assert rest == ["True", "True"], done


def test_a_subscribers_process_keeps_its_collector() -> None:
    program = "import gc, inbound_sms_subscriber; print(gc.isenabled(), gc.get_freeze_count())"
    environment = {
        "PYTHONPATH": f"{ROOT / 'shared'}:{ROOT / 'subscriber'}",
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_FUNCTION_NAME": "f",
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "0"]
