"""The tables and plots of docs/scale.md."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.scale import __main__ as command
from bench.scale import report
from bench.scale.experiments import Experiment, burst, experiments
from bench.scale.plot import plot
from tests.support.providers import ROOT, registered
from tests.support.template import default

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def small() -> list[Experiment]:
    chosen = [each for each in experiments(10_000) if each.title in ("burst", "batches")]
    for experiment in chosen:
        experiment.cases = [replace(case, streams=burst(2_000, 10)) for case in experiment.cases]
        experiment.results = [case.simulation().run() for case in experiment.cases]
    return chosen


def test_the_page_has_the_limits_of_the_template_and_a_row_for_every_case() -> None:
    assert report.put(PAGE, "limits", report.limits()) == PAGE, "run `make simulate`"
    for experiment in experiments(1_000_000):
        shown = PAGE.partition(f"<!-- {experiment.title}: begin -->")[2].partition("<!--")[0]
        assert [line.split("|")[1].strip() for line in shown.strip().splitlines()[2:]] == [
            case.name for case in experiment.cases
        ], "run `make simulate`"


@pytest.mark.parametrize(
    "parameter",
    ["ThrottleRate", "ThrottleBurst", "FanoutBatchSize", "FanoutBatchWindowSeconds", "FanoutMinimumPollers"],
)
def test_the_page_names_the_defaults_of_the_template(parameter: str) -> None:
    assert f"`{parameter}` {default(parameter):,}" in PAGE


def test_the_page_tells_the_retries_that_are_simulated() -> None:
    text = " ".join(PAGE.split())
    retries = report.RETRIES
    assert f"gives up after {sum(retries['8x8'])} s" in text
    assert f'"3 times" are {1 + len(retries["agile-telecom"])} attempts in all' in text
    assert f"the waits between its attempts, {sum(retries['sinch']) // 3_600:.0f} h together" in text
    assert retries["url-networks"][0] == 60


def test_the_providers_of_the_simulation_are_ours() -> None:
    assert set(report.RETRIES) <= {entry.provider.name for entry in registered()}


def test_tables_and_plots_are_written_and_what_stands_around_them_stays(tmp_path: Path) -> None:
    (tmp_path / "scale").mkdir()
    (tmp_path / "scale.md").write_text(PAGE, encoding="utf-8")
    chosen = small()
    report.write(chosen, tmp_path)
    page = (tmp_path / "scale.md").read_text(encoding="utf-8")

    assert report.table(chosen[0]) in page
    assert page.startswith(PAGE[:400])
    assert page.endswith(PAGE[-400:])
    drawings = sorted((tmp_path / "scale").iterdir())
    assert [each.name for each in drawings] == ["age.svg", "depth.svg", "others.svg"]
    for drawing in drawings:
        assert ET.parse(drawing).getroot().tag.endswith("svg")
        assert f"](scale/{drawing.name})" in PAGE


def test_an_experiment_that_there_is_not_is_refused_before_anything_is_run_or_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "write", lambda _: pytest.fail("wrote"))
    monkeypatch.setattr(command, "_run", lambda *_: pytest.fail("ran"))
    done = CliRunner().invoke(command.app, ["everything", "--only", "burst", "--only", "ratse"])

    assert done.exit_code == 2, done.exception
    told = " ".join(done.output.replace("│", " ").split())
    assert "'ratse'" in told
    assert ", ".join(each.title for each in experiments(1_000_000)) in told


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="limits"):
        report.put("nothing here", "limits", "")


@pytest.mark.parametrize("log", [False, True])
def test_a_plot_stays_within_its_frame(log: bool) -> None:
    drawing = plot("A & B", "x", "y", {"<one>": [(0, 0), (5, 1_234), (10, 7)]}, log=log)
    root = ET.fromstring(drawing)
    [line] = root.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]

    assert all(84 <= x <= 740 and 52 <= y <= 328 for x, y in points)
    assert points[1][1] == min(y for _, y in points), "the highest value is the highest point"
