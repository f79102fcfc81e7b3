"""What a function loads while it starts: each module costs time before the first request is answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.providers import ROOT
from tests.support.template import functions, resolved, template

VARIABLES = template()["Globals"]["Function"]["Environment"]["Variables"]
HANDLERS = sorted(ROOT / each["CodeUri"] / f"{each['Handler'].partition('.')[0]}.py" for each in functions().values())
# boto3 and all that it brings; what is heavy beside it; what would speak HTTP beside our own client, which needs
# http.client, and with it the header parser of email (docs/decisions/aws-client.md).
HEAVY = {
    *("boto3", "botocore.session", "botocore.client", "botocore.exceptions", "s3transfer", "urllib3"),
    *("aws_xray_sdk", "requests", "httpx", "asyncio", "urllib.request", "xml.etree.ElementTree"),
    *("multiprocessing", "unittest", "tests", "gateway"),
    # what pydantic would look for plugins with, or validate mail addresses; codecs that hardly anybody declares
    *("importlib.metadata", "zipfile", "pydantic.networks", "encodings.gb18030"),
    "multipart",
}
OF_WEBHOOKS = {f"inbound_sms.{name}" for name in ("parsing.request", "parsing.body", "parsing.normalise", "auth")}
OF_THE_FANOUT = {"inbound_sms.publishing", "inbound_sms.publishing.queued"}
EXCEPT = {"oauth_token": {"urllib.request"}}  # by PyJWT; it issues a few tokens an hour
MOST_COLLECTIONS = 5  # what the standard library needs before our first module; with all of it, 45

each_handler = pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.stem)


def run(program: str, *folders: Path, **environment: str) -> list[str]:
    """Return the words that a program prints in a process of its own, with the layer and these folders on the path."""
    path = os.pathsep.join(map(str, (*folders, ROOT / "shared", ROOT / "subscriber")))
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"], **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()[-1].split()


@each_handler
def test_a_function_loads_nothing_heavy(handler: Path) -> None:
    """Powertools looks whether there is a botocore: that loads an empty package, and nothing of what is in it."""
    plugins = resolved(VARIABLES["PYDANTIC_DISABLE_PLUGINS"])
    program = f"import sys, {handler.stem}; print(*sorted(sys.modules))"
    loaded = run(program, handler.parent, POWERTOOLS_SERVICE_NAME="test", PYDANTIC_DISABLE_PLUGINS=plugins)

    assert "inbound_sms.errors" in loaded
    assert HEAVY.intersection(loaded) == EXCEPT.get(handler.stem, set())
    assert [name for name in loaded if name.startswith("botocore.")] == []
    assert (OF_WEBHOOKS if handler.stem == "fanout" else OF_THE_FANOUT).isdisjoint(loaded)


@pytest.mark.parametrize(("variables", "spared"), [({"PYDANTIC_DISABLE_PLUGINS": "true"}, True), ({}, False)])
def test_plugins_are_looked_for_where_nobody_switched_them_off(variables: dict[str, str], spared: bool) -> None:
    """As in the process of a subscriber, who may have some."""
    program = (
        "import sys, inbound_sms.model as m; m.Model.model_rebuild(); print('importlib.metadata' not in sys.modules)"
    )
    assert run(program, **variables) == [str(spared)]


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
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "x"),
    "FUNCTION_TIMEOUT_SECONDS": "20",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "COLLECT_GARBAGE_DURING_INIT": resolved(VARIABLES["COLLECT_GARBAGE_DURING_INIT"]),
}


@each_handler
def test_no_garbage_is_collected_before_a_function_has_started_and_afterwards_it_is(handler: Path) -> None:
    collections, *rest = run(STARTED.format(name=handler.stem), handler.parent, **SETTINGS)

    assert int(collections) <= MOST_COLLECTIONS
    assert rest == ["True", "True"]


def test_a_subscribers_process_keeps_its_collector() -> None:
    program = "import gc, inbound_sms_subscriber; print(gc.isenabled(), gc.get_freeze_count())"
    assert run(program, AWS_LAMBDA_FUNCTION_NAME="f") == ["True", "0"]
