"""What hasn't changed since the last build isn't built again, and what has is."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from gateway.local import sam
from gateway.progress import silent

FILES = ("template.yaml", "requirements/sam.txt", "functions/acme/src/acme_webhook.py", "shared/inbound_sms/api.py")


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Mock:
    """Return what stands for `sam build`, of a project that was built once."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    built = tmp_path / "built"
    places = {"ROOT": tmp_path, "BUILD": tmp_path, "TEMPLATE": tmp_path / FILES[0], "BUILT_TEMPLATE": built}
    for name, place in places.items():
        monkeypatch.setattr(sam, name, place)
    monkeypatch.setattr(sam, "local_parameters", lambda: {"Runtime": "python3.13"})
    build = Mock(side_effect=lambda _aws: built.write_text("built"))
    monkeypatch.setattr(sam, "build", build)
    sam.build_changed(Mock(), silent)
    assert build.call_count == 1
    return build


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        *((name, True) for name in FILES),
        ("functions/acme/src/new.py", True),
        ("built", True),  # it is gone
        ("functions/acme/src/__pycache__/acme_webhook.pyc", False),
        ("README.md", False),
    ],
)
def test_a_change_of_what_is_built_and_nothing_else_builds_again(
    build: Mock, tmp_path: Path, changed: str, again: bool
) -> None:
    path = tmp_path / changed
    if changed == "built":
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text("changed!!")
    sam.build_changed(Mock(), silent)
    sam.build_changed(Mock(), silent)
    assert build.call_count == 1 + again


def test_a_build_that_was_broken_off_is_done_again(build: Mock, tmp_path: Path) -> None:
    (tmp_path / FILES[0]).write_text("changed")
    build.side_effect, as_before = KeyboardInterrupt, build.side_effect
    with pytest.raises(KeyboardInterrupt):
        sam.build_changed(Mock(), silent)
    (tmp_path / FILES[0]).write_text("as it was")
    build.side_effect = as_before
    sam.build_changed(Mock(), silent)
    assert build.call_count == 3
