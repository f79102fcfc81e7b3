"""`make test` itself: it passes only when each of its processes came to its end and says so."""

import sys
from pathlib import Path

import pytest

from tests import __main__ as parts

PASSES = "def test_one(): pass"
CASES = [
    ("passes", PASSES, "passed"),
    ("fails", "def test_one(): assert False", "failed: pytest ended with 1"),
    ("without a test", "", "failed: pytest ended with 5"),
    (
        "ended by a signal",
        "import os, signal\ndef test_one(): os.kill(os.getpid(), signal.SIGKILL)",
        "failed: pytest ended with -9",
    ),
    ("ended in the middle", "import os\ndef test_one(): os._exit(0)", "failed: pytest ended without a summary"),
]


@pytest.mark.parametrize(("code", "verdict"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_one_part_that_did_not_pass_fails_all(
    code: str, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("first", code), ("second", PASSES)):
        (tmp_path / f"test_{name}.py").write_text(content, encoding="utf-8")
    alone = ["-c", "/dev/null", "-p", "no:cacheprovider"]
    monkeypatch.setattr(parts, "PARTS", {name: [*alone, f"{tmp_path}/test_{name}.py"] for name in ("first", "second")})
    monkeypatch.setattr(sys, "argv", ["tests"])
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it starts in no time then

    status = parts.main()

    assert capsys.readouterr().out.splitlines()[-2:] == [f"first │ {verdict}", "second │ passed"]
    assert status == (0 if verdict == "passed" else 1)
