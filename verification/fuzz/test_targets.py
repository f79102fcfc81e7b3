"""The targets of `make fuzz`, for a moment: their seeds, and some hundred inputs near to them. And: it finds faults."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from inbound_sms.errors import InvalidPayload
from inbound_sms.parsing import request
from tests.support.providers import ROOT, registered
from verification.crash_points.replay import quietly
from verification.fuzz.mutate import VALUES, mutated
from verification.fuzz.targets import Target, targets
from verification.fuzz.worker import Campaign, minimised, words_of

INPUTS = 300
TARGETS = targets()

# What each target has to reach, or it would look at nothing but one branch.
PATHS = {"accepted", "quarantined"}
OUTCOMES = {
    **{f"{entry.provider.name} parser": PATHS for entry in registered()},
    **{f"{entry.provider.name} http": PATHS | {"refused"} for entry in registered()},
    "token endpoint": {"issued", "invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"},
    "sinch topic": PATHS,
    "fanout": {"published", "not ours"},
    "form": {"read", "unreadable"},
    "json": {"read", "unreadable"},
    "charset": {"known", "unknown"},
    "udh": {"found", "none"},
    "number": {"e164", "short_code", "alphanumeric", "unknown"},
    "time": {"iso", "epoch", "local", "none"},
    "header": {"basic", "authorization", "header", "hmac", "oauth2", "path_secret", "refused"},
    "token": {"known", "refused"},
}


def inputs_near(target: Target, number: int) -> list[bytes]:
    random, words = Random(number), words_of(target)
    return [*target.seeds, *(mutated(random.choice(target.seeds), random, words) for _ in range(number))]


def test_every_target_says_what_it_has_to_reach() -> None:
    assert TARGETS.keys() == OUTCOMES.keys()


@pytest.mark.filterwarnings("ignore:Dimension 'provider'")  # one for every input, where Lambda has one for each start
@pytest.mark.parametrize("name", OUTCOMES)
def test_nothing_but_the_outcomes_of_the_table(name: str) -> None:
    target = TARGETS[name]
    with quietly():
        outcomes = {target.run(data) for data in inputs_near(target, INPUTS)}

    assert outcomes >= OUTCOMES[name]


def test_changing_inputs_leaves_the_stock_of_values_alone() -> None:
    before = repr(VALUES)
    inputs_near(TARGETS["sinch parser"], 20 * INPUTS)
    data, random = b'{"a":[]}', Random(1)
    for _ in range(INPUTS):  # each from the one before
        data = mutated(data, random, [b"x"]) or b'{"a":[]}'

    assert repr(VALUES) == before


def report_of(target: Target, folder: Path) -> dict[str, Any]:
    """What is told of some hundred inputs."""
    campaign = Campaign(target, 10 * INPUTS, math.inf, folder)
    with quietly():
        for data in inputs_near(target, INPUTS):
            campaign.one(data)
    return campaign.report()


@pytest.mark.parametrize(("inputs", "seconds", "last"), [(2, math.inf, [False, True, True]), (10, -1, [True] * 3)])
def test_a_campaign_tells_which_input_is_the_last_and_leaves_the_process_alone(
    inputs: int, seconds: float, last: list[bool], tmp_path: Path
) -> None:
    campaign = Campaign(TARGETS["form"], inputs, seconds, tmp_path)

    assert [campaign.one(b"a=b") for _ in range(3)] == last
    assert campaign.report()["inputs"] == 3


def test_a_worker_runs_as_many_inputs_as_it_is_asked_for_and_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verification.fuzz.instrumented", "form", "50", "60", str(tmp_path), "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )

    report = json.loads(done.stdout)
    assert (report["inputs"], report["findings"]) == (50, [])


def stumbles(*_: object) -> None:
    raise KeyError("a fault of ours")


@pytest.mark.parametrize(
    ("name", "function", "told"),
    [
        ("sinch parser", "request.read_json_object", "the parser failed: KeyError"),
        ("url-networks http", "request._body", "503"),
        ("form", "documents._urlencoded", "a fault of ours"),
        ("fanout", "attributes.printable", "a fault of ours"),
    ],
)
def test_a_fault_is_found_once_and_saved(
    name: str, function: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"inbound_sms.{function}", stumbles)

    report = report_of(TARGETS[name], tmp_path)

    [finding] = report["findings"]
    assert told in finding["error"]
    assert [Path(finding["file"])] == list(tmp_path.iterdir())
    assert report["outcomes"]["finding"] > 10


def test_a_finding_is_made_as_short_as_can_be() -> None:
    assert minimised(b"abc" * 100 + b"\x00" + b"def" * 100 + b"\x01", lambda data: {0, 1} <= {*data}) == b"\x00\x01"


def test_a_reason_that_quotes_the_input_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def quotes(body: bytes, *_: object) -> None:
        raise InvalidPayload(f"not JSON: {body!r}" + "x" * 500)

    monkeypatch.setattr(request, "read_json_object", quotes)
    with quietly(), pytest.raises(AssertionError, match="a copy of the input"):
        TARGETS["sinch parser"].run(b"\n{}")
