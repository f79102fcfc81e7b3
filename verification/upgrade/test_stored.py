"""What earlier versions stored is understood by this one: nothing is lost by an update, and nothing doubled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from inbound_sms.auth import Secrets, tokens
from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Event
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.queued import QueuedEvent
from inbound_sms.webhook import recovery
from tests.support.providers import rows
from tests.support.world import World, world
from verification.upgrade.reading import faults
from verification.upgrade.stored import Stored, versions


@pytest.mark.parametrize("path", versions(), ids=lambda path: path.stem)
def test_what_a_version_stored_is_understood(path: Path, aws: World) -> None:
    stored = Stored.read(path)

    assert list(faults(stored, aws)) == []
    assert stored.version == path.stem


def test_there_is_something_to_understand() -> None:
    """Each sample of the documentation that was there is still there, so what was sent once can be sent again."""
    known = {f"{entry}/{sample.name}" for entry, sample in rows()}
    for path in versions():
        stored = Stored.read(path)
        assert {taken.sample for taken in stored.taken if "," not in taken.sample} <= known, "a comma: no sample alone"
        assert {bool(kept.ids) for kept in stored.quarantine} == {True, False}
    assert versions()


# ---- Ways to break it, each of which has to be noticed: where, and what takes the place of what is there -------------


BREAKAGES: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "another key": (ClaimsTable, "claim", lambda claim: lambda self, id_, *rest: claim(self, f"v2/{id_}", *rest)),
    "another fingerprint": (QueuedEvent, "fingerprint_before", lambda _: property(lambda self: self.id)),
    "other event ids": (Event, "of", lambda of: lambda own_id, data: of(f"v2-{own_id}", data)),
    "a new fact in the record": (recovery, "request_from_record", lambda _: Mock(side_effect=InvalidPayload("gone"))),
    "a scheme renamed": (Secrets, "holds", lambda holds: lambda self, name: name != "basic" and holds(self, name)),
    "another issuer": (tokens, "_ISSUER", lambda _: "inbound-sms/2"),
}


@pytest.fixture(scope="module")
def few() -> Stored:
    whole = Stored.read(versions()[-1])
    few = replace(whole, taken=whole.taken[:1], quarantine=whole.quarantine[:2])
    with world() as aws:
        assert list(faults(few, aws)) == []
    return few


@pytest.mark.parametrize(("owner", "name", "instead"), BREAKAGES.values(), ids=BREAKAGES.keys())
def test_a_version_that_would_not_understand_it_is_noticed(
    owner: Any, name: str, instead: Callable[[Any], Any], few: Stored, aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, instead(getattr(owner, name)))

    assert list(faults(few, aws)) != []
