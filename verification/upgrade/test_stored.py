"""What earlier versions stored is understood by this one: nothing is lost by an update, and nothing doubled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import model_validator

import fanout
from inbound_sms.auth import Secrets, tokens
from inbound_sms.errors import InvalidPayload
from inbound_sms.events import Event
from inbound_sms.publishing import deduplication as claims
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.queued import QueuedEvent
from tests.support.providers import rows
from tests.support.world import World, world
from verification.upgrade import reading
from verification.upgrade.reading import faults
from verification.upgrade.stored import Stored, versions

Patch = pytest.MonkeyPatch


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


# ---- Ways to break it, each of which has to be noticed -------------------------------------------------------------


def another_key(patch: Patch) -> None:
    claim = ClaimsTable.claim
    patch.setattr(ClaimsTable, "claim", lambda self, event_id, *rest: claim(self, f"v2/{event_id}", *rest))


def another_fingerprint(patch: Patch) -> None:
    before = QueuedEvent.fingerprint.fget
    assert before
    patch.setattr(QueuedEvent, "fingerprint", property(lambda self: before(self)[::-1]))


def another_name_for_the_owner(patch: Patch) -> None:
    lost = claims._lost
    patch.setattr(claims, "_lost", lambda old, new: lost({**old, "owner": old.get("delivery", {"S": "nobody"})}, new))


def a_new_field_that_is_required(patch: Patch) -> None:
    read = fanout.read_event

    def reading_more(body: str) -> Any:
        if '"tenant"' not in body:
            raise InvalidPayload("Field required", "data.tenant")
        return read(body)

    patch.setattr(fanout, "read_event", reading_more)


def other_event_ids(patch: Patch) -> None:
    of = Event.of
    patch.setattr(Event, "of", lambda own_id, data: of(f"v2-{own_id}", data))


def a_new_fact_in_the_record(patch: Patch) -> None:
    def reading_more(_body: bytes, record: dict[str, Any], _settings: Any) -> Any:
        raise InvalidPayload("damaged" if "source_ip" not in record else "")

    patch.setattr("inbound_sms.webhook.handler.request_from_record", reading_more)


def a_scheme_renamed(patch: Patch) -> None:
    class Renamed(Secrets):
        @model_validator(mode="before")
        @classmethod
        def _users(cls, document: dict[str, Any]) -> dict[str, Any]:
            assert "basic" not in document
            return document

    patch.setattr(reading, "Secrets", Renamed)


def another_issuer(patch: Patch) -> None:
    patch.setattr(tokens, "_ISSUER", "inbound-sms/2")


BREAKAGES: list[Callable[[Patch], None]] = [
    another_key,
    another_fingerprint,
    another_name_for_the_owner,
    a_new_field_that_is_required,
    other_event_ids,
    a_new_fact_in_the_record,
    a_scheme_renamed,
    another_issuer,
]


@pytest.fixture(scope="module")
def few() -> Stored:
    whole = Stored.read(versions()[-1])
    few = replace(whole, taken=whole.taken[:1], quarantine=whole.quarantine[:2])
    with world() as aws:
        assert list(faults(few, aws)) == []
    return few


@pytest.mark.parametrize("broken", BREAKAGES, ids=lambda broken: broken.__name__)
def test_a_version_that_would_not_understand_it_is_noticed(
    broken: Callable[[Patch], None], few: Stored, aws: World, monkeypatch: Patch
) -> None:
    broken(monkeypatch)

    assert list(faults(few, aws)) != []
