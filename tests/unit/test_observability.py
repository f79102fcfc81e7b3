"""The line of counts is the one that Powertools would write."""

import json
import os
import subprocess
import sys

import pytest

from gateway import __version__
from inbound_sms import observability
from inbound_sms.observability import annotate, count, flush, metrics, set_dimensions
from tests.support.providers import ROOT
from tests.support.template import template


@pytest.mark.parametrize("own", [{}, {"provider": "acme"}])
def test_the_line_is_powertools_own(
    own: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(observability, "_dimensions", {})
    monkeypatch.setattr(metrics.provider, "service", "a-stack")
    set_dimensions(**own)
    count("Accepted")
    count("Published", 3)
    count("Nothing", 0)
    count("Accepted")
    annotate(delivery_id="d", event_ids=["a", 'b"'])
    flush()

    for name, number in (("Accepted", 1), ("Published", 3), ("Accepted", 1)):
        metrics.add_metric(name=name, unit="Count", value=number)
    metrics.add_metadata("delivery_id", "d")
    metrics.add_metadata("event_ids", ["a", 'b"'])
    for name, value in own.items():
        metrics.add_dimension(name, value)
    if own:
        metrics.add_dimensions(service="a-stack")
    metrics.flush_metrics()

    ours, theirs = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert abs(ours["_aws"].pop("Timestamp") - theirs["_aws"].pop("Timestamp")) < 60_000
    assert ours == theirs
    assert ours["Accepted"] == [1.0, 1.0]


def test_every_line_says_which_version_wrote_it() -> None:
    code = "from inbound_sms.observability import *; logger.info('x'); count('Accepted'); flush()"
    environment = {**os.environ, "GATEWAY_VERSION": "1.2.3", "PYTHONPATH": str(ROOT / "shared")}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["version"] for line in lines] == ["1.2.3", "1.2.3"]
    assert lines[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]

    said = template()
    assert said["Globals"]["Function"]["Environment"]["Variables"]["GATEWAY_VERSION"] == __version__
    assert said["Outputs"]["Version"]["Value"] == __version__


def test_nothing_is_written_where_nothing_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    annotate(delivery_id="d")
    flush()
    assert not capsys.readouterr().out
