"""No text of a message, no number, no name and no secret leaves a function, but for where it belongs.

Every path of every function is run with canary values in each of those places, and none of them, nor a part of one,
may be in what the function logs, prints, counts, warns of or answers; neither plain nor encoded. (Traces, where the
parameter Tracing turns them on, are Lambda's own: nothing imports X-Ray. What Lambda notes in them of an error that
gets out of a handler is looked at here.)
"""

import logging
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request
from inbound_sms.webhook.ingest import Ingestor
from tests.support.canary_values import CanaryValues
from tests.support.paths import Path, ScenarioRun, all_paths, run_path, scenario_run
from tests.support.providers import ROOT
from tests.support.template import functions, template

pytestmark = pytest.mark.xdist_group("paths")  # they share the runs of the paths


def got_out(done: ScenarioRun) -> set[str]:
    """Return the canary values that got out, each with the line that it is in."""
    assert done.heard.text.strip()
    return done.canaries.found_in(done.heard.text)


@pytest.mark.parametrize("path", all_paths(), ids=str)
def test_no_canary_gets_out(path: Path) -> None:
    assert got_out(scenario_run(path)) == set()


# ---- That it can fail ------------------------------------------------------------------------------------------------


def set_aside_and_told(ingestor: Ingestor, request: Request, *rest: Any, real: Any = Ingestor._quarantine) -> None:
    real(ingestor, request, *rest)
    logger.error("quarantined", body=request.body.hex())


def whole_text(error: BaseException) -> str:
    return f"{error} {error.__cause__}"


def as_it_is(text: str, *_: object) -> str:
    return text


@pytest.mark.parametrize(
    ("path", "target", "broken"),
    [
        ("stores fail", "inbound_sms.errors.cause_of", whole_text),
        ("parameter fails", "inbound_sms.webhook.handler.cause_of", str),
        ("every sample", "inbound_sms.events.without_numbers", as_it_is),
        ("quarantined", "inbound_sms.webhook.ingest.Ingestor._quarantine", set_aside_and_told),
        ("topic fails", "inbound_sms.publishing.publisher.cause_of", whole_text),
        ("table fails", "inbound_sms.errors.cause_of", whole_text),
    ],
)
def test_code_that_tells_too_much_is_noticed(
    path: str, target: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At one of the providers: the ids of some hold numbers, for instance, and those of others none."""
    monkeypatch.setattr(target, broken)

    assert any(got_out(run_path(each)) for each in all_paths() if each.name == path)


def test_a_mark_is_found_in_whatever_form() -> None:
    canaries = CanaryValues()
    body = f"so much before it: {canaries.text('text')} and after it".encode()
    plain = body.decode()

    for written in (
        plain, plain.swapcase(), plain[20:30], quote_from_bytes(body),
        *("a" * before + body.hex() for before in range(2)),
        *("a" * before + b64encode(body).decode() for before in range(4)),
        *("".join(form % byte for byte in body) for form in ("%%%02X", "\\u%04x", "\\x%02x")),
    ):  # fmt: skip
        assert [found.partition(":")[0] for found in canaries.found_in(written)] == ["text"], written


# ---- What would make libraries talk ----------------------------------------------------------------------------------

LIBRARIES = ["botocore", "boto3", "urllib3", "botocore.endpoint", "botocore.parsers", "", "asyncio", "pydantic"]
PROGRAM = """
import logging
logging.getLogger().setLevel("DEBUG")  # as Lambda does before it imports a function
import {modules}
from inbound_sms.observability import logger
print(logging.getLevelName(logger.log_level), {{logging.getLogger(each).getEffectiveLevel() for each in {libraries}}})
"""


def test_no_log_level_makes_a_library_talk() -> None:
    """At DEBUG botocore and urllib3 log whole requests."""
    found = functions().values()
    modules = ", ".join(each["Handler"].partition(".")[0] for each in found)
    paths = [ROOT / "shared", *(ROOT / each["CodeUri"] for each in found)]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(modules=modules, libraries=LIBRARIES)],
        env={**environment, "POWERTOOLS_LOG_LEVEL": "ERROR", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.strip() == f"ERROR {{{logging.WARNING}}}"


def test_no_setting_of_the_template_logs_events() -> None:
    written = str(template())
    for setting in ("POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_DEBUG", "POWERTOOLS_DEV", "DataTraceEnabled"):
        assert setting not in written
