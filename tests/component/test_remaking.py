"""What an event holds of a request is enough to make it again, for every provider: the same message, by its id."""

import json
from dataclasses import replace

import pytest

from gateway.simulator import Callback
from gateway.simulator.remaking import remade
from tests.support.memory import Memory
from tests.support.providers import Registered, registered

ALL = [pytest.param(entry, kind, id=f"{entry}-{kind}") for entry in registered() for kind in entry.sender.callbacks]


@pytest.mark.parametrize(("entry", "kind"), ALL)
def test_a_request_made_again_of_an_event_is_a_duplicate(memory: Memory, entry: Registered, kind: str) -> None:
    receiver, kinds = memory.receiver(entry), entry.sender.callbacks
    receiver.handle(entry.event(kinds[kind].body(), callback=kind))
    [first] = map(json.loads, memory.queued())

    made = remade(entry.sender, first["data"]["provider_payload"])
    assert made
    callback, body = made
    receiver.handle(entry.event(body, callback=next(name for name, it in kinds.items() if it is callback)))

    [again] = map(json.loads, memory.queued())
    assert (again["id"], again["data"]["fingerprint"]) == (first["id"], first["data"]["fingerprint"])


def test_of_a_batch_one_is_sent_again_and_nothing_else() -> None:
    batch = Callback({"of": 1, "results": [{"id": 1, "to": 2}, {"id": 3, "to": 4}]})
    made = remade(replace(registered()[0].sender, callbacks={"message": batch}), {"id": 9, "to": 8})
    assert made == (batch, b'{"of": 1, "results": [{"id": 9, "to": 8}]}')


def test_what_is_like_nothing_that_a_provider_sends_is_not_made() -> None:
    sender = registered()[0].sender
    for payload in (None, "text", [], {}, {"something": "else"}):
        assert remade(sender, payload) is None
