"""A provider's API of the messages that came in, simulated on 127.0.0.1: it pages as its provider does, and fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from gateway.backfill import backfills
from gateway.operations import backfill as backfilling
from gateway.operations.backfill import Backfiller, Tally, api_of
from inbound_sms.webhook.handler import WebhookHandler
from inbound_sms.webhook.recovery import asked_by
from tests.support.installed import Functions, installed_over
from tests.support.loopback import Peer, answer, hang_up, loopback
from tests.support.world import World

Fault = tuple[int, dict[str, str]]  # status (0: the connection breaks) and headers
Answer = Callable[[str, dict[str, str]], Any]  # to a path and its query; None is 404


@dataclass
class ListingApi:
    """`answer` says what the API lists. `faults` take the place of answers, by the number of the request (from 0)."""

    answer: Answer
    faults: dict[int, Fault] = field(default_factory=dict)
    authorization: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def respond(self, peer: Peer) -> None:
        head = peer.asked.decode()
        target = urlsplit(head.split()[1])
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        self.asked.append((target.path, query))
        status, headers = self.faults.get(len(self.asked) - 1, (200, {}))
        if not status:
            hang_up(peer)
        if self.authorization and f"Authorization: {self.authorization}\r\n" not in head:
            status = 401
        found = self.answer(target.path, query) if status == 200 else {"message": "private text"}
        lines = (f"{name}: {value}" for name, value in headers.items())
        peer.wfile.write(answer(json.dumps(found).encode(), status if found is not None else 404, *lines))


@contextmanager
def served(api: ListingApi) -> Iterator[ListingApi]:
    with loopback(last=api.respond) as server:
        api.url = server.url
        yield api


def recovered(receiver: WebhookHandler, event: dict[str, Any]) -> dict[str, Any]:
    """Return a function's answer to what only an operator asks."""
    asked = asked_by(event)
    assert asked is not None
    return receiver.recover(asked)


def backfilled(
    aws: World,
    receiver: WebhookHandler,
    api: ListingApi,
    times: tuple[datetime, datetime],
    patch: pytest.MonkeyPatch,
    known: tuple[str, ...] = (),
) -> tuple[Tally, list[dict[str, Any]]]:
    """Return the tally and the events of a backfill of what a simulated API lists, to a gateway that knows these."""
    provider = receiver.provider.name
    backfill = backfills()[provider]
    for name in backfill.access:
        patch.setenv(name, f"my-{name}")
    patch.setattr(World, "topics", {"messages": "", "delivery": ""})
    patch.setattr(World, "table", "claims")
    patch.setattr(backfilling, "known_events", lambda _installation, ids: set(ids).intersection(known))
    functions = Functions({f"fn-{provider}": lambda event: recovered(receiver, event)})
    installation = installed_over(aws, {"lambda": functions, "ssm": None})
    with served(api), httpx.Client(trust_env=False) as client:
        patch.setenv(backfill.url[0], api.url)
        work = Backfiller(installation, provider, api_of(installation, provider, client), *times, publish=True)
        for _ in work.run():
            pass
    assert work.tally.problems == []
    return work.tally, [json.loads(body) for body in aws.queued()]


def webhooks(aws: World, receiver: WebhookHandler, events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the events that come of webhooks, by their ids."""
    for event in events:
        receiver.handle(event)
    return {event["id"]: event for event in map(json.loads, aws.queued())}


def same_to_the_gateway(event: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two events are one to the deduplication."""
    return (event["id"], event["data"]["fingerprint"]) == (other["id"], other["data"]["fingerprint"])
