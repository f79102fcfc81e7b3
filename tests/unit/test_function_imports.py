"""What a function does while it starts: each module, each collection of garbage costs time before the first answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.providers import ROOT, pins
from tests.support.template import functions, resolved, template

VARIABLES = template()["Globals"]["Function"]["Environment"]["Variables"]
HANDLERS = sorted(ROOT / each["CodeUri"] / f"{each['Handler'].partition('.')[0]}.py" for each in functions().values())
ALONE = [[handler] for handler in HANDLERS if handler.stem in {"fanout", "media", "oauth_token"}]
OF_PROVIDERS = [handler for handler in HANDLERS if [handler] not in ALONE]
# boto3 and all that it brings; what is heavy beside it; what would speak HTTP beside our own client, which needs
# http.client, and with it the header parser of email (docs/decisions/aws-client.md).
HEAVY = {
    *("boto3", "botocore.session", "botocore.client", "botocore.exceptions", "s3transfer", "urllib3"),
    *("aws_xray_sdk", "requests", "httpx", "asyncio", "urllib.request", "xml.etree.ElementTree"),
    *("multiprocessing", "unittest", "tests", "gateway"),
    # what pydantic would look for plugins with, or validate mail addresses; codecs that hardly anybody declares
    *("importlib.metadata", "zipfile", "pydantic.networks", "encodings.gb18030", "encodings.idna"),
    *("multipart", "jwt", "cryptography"),
}
OF_WEBHOOKS = {f"inbound_sms.{name}" for name in ("parsing.request", "parsing.body", "parsing.normalise", "auth")}
OF_THE_FANOUT = {"inbound_sms.publishing", "inbound_sms.publishing.queued"}
# It issues a few tokens an hour; PyJWT loads cryptography where that is there, and the layer has none.
EXCEPT = {"oauth_token": {"jwt", "urllib.request", "cryptography"}}
MOST_COLLECTIONS = 5  # what the standard library needs before our first module; with all of it, 45

STARTED = """
import gc, sys, time
time.sleep = lambda seconds: None  # before it asks an endpoint again that is not there
rounds = lambda: sum(generation["collections"] for generation in gc.get_stats())
before = rounds()
import {first}
started = rounds() - before, gc.isenabled(), gc.get_freeze_count() > 10_000
{others}
print(*started, *sys.modules)
"""
SETTINGS = {
    **dict.fromkeys(("QUEUE_URL", "MESSAGES_TOPIC", "DELIVERY_TOPIC"), "https://sqs.eu-west-1.amazonaws.com/1/x"),
    **dict.fromkeys(("QUARANTINE_BUCKET", "PAYLOADS_BUCKET", "CLAIMS_TABLE", "PROVIDER_PARAMETER"), "there-is-none"),
    **dict.fromkeys(("MEDIA_BUCKET", "MEDIA_DEAD_LETTERS_URL", "PARAMETER_PREFIX"), "there-is-none"),
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "x"),
    "FUNCTION_TIMEOUT_SECONDS": "20",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "POWERTOOLS_SERVICE_NAME": "test",
    **{name: resolved(VARIABLES[name]) for name in ("COLLECT_GARBAGE_DURING_INIT", "PYDANTIC_DISABLE_PLUGINS")},
}


@pytest.mark.parametrize("handlers", [*ALONE, OF_PROVIDERS], ids=lambda paths: paths[0].stem)
def test_a_function_loads_nothing_heavy_and_collects_garbage_only_once_it_has_started(handlers: list[Path]) -> None:
    """All of the providers' are loaded in one process: what they have in common is most of it.

    Powertools looks whether there is a botocore: that loads an empty package, and nothing of what is in it.
    """
    first, *others = (handler.stem for handler in handlers)
    program = STARTED.format(first=first, others="\n".join(f"import {name}" for name in others))
    path = os.pathsep.join(map(str, (*(handler.parent for handler in handlers), ROOT / "shared")))
    environment = {**SETTINGS, "PYTHONPATH": path, "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    collections, enabled, frozen, *loaded = done.stdout.splitlines()[-1].split()

    assert "inbound_sms.errors" in loaded
    brought = [handler.parent / "requirements.txt" for handler in handlers]  # what a function brings along it may load
    own = {pin.partition("==")[0] for path in brought if path.is_file() for pin in pins(path)}
    assert HEAVY.intersection(loaded) - own == EXCEPT.get(first, set())
    assert [name for name in loaded if name.startswith("botocore.")] == []
    assert (OF_WEBHOOKS if first == "fanout" else OF_THE_FANOUT).isdisjoint(loaded)
    assert int(collections) <= MOST_COLLECTIONS
    assert (enabled, frozen) == ("True", "True")
