"""What examples/https_endpoint.py answers to SNS, whatever kind of function handles its events."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from examples.https_endpoint import make_app
from inbound_sms_subscriber import Event, MemoryStore, once
from tests.support.queued import Queued
from tests.support.sns_posts import NOW, TOPIC, Sns, endpoint, notification, posted, signed

POST = posted(signed(notification(TOPIC, Queued("1").document, NOW)))
FORGED = posted(signed(notification(TOPIC, "forged", NOW)) | {"Signature": "FAKE"})
NO_EVENT = posted(signed(notification(TOPIC, "hello", NOW)))


def plain(handled: list[str]) -> Callable[[Event], object]:
    return lambda event: handled.append(event.id)


def coroutine(handled: list[str]) -> Callable[[Event], object]:
    async def handle(event: Event) -> None:
        await asyncio.sleep(0)
        handled.append(event.id)

    return handle


@pytest.mark.parametrize("kind", [plain, coroutine])
@pytest.mark.parametrize(
    ("fetch", "bodies", "statuses", "handled"),
    [
        (Sns(), [POST, POST, FORGED, NO_EVENT, b"x" * 1_048_577], [204, 204, 403, 204, 413], ["acme/1"]),
        (Sns(b""), [POST], [403], []),
        (Mock(side_effect=TimeoutError), [POST], [503], []),
    ],
    ids=["SNS", "no certificate", "no SNS"],
)
def test_what_it_answers(kind: Any, fetch: Any, bodies: list[bytes], statuses: list[int], handled: list[str]) -> None:
    seen: list[str] = []
    app = make_app(endpoint(fetch), once(MemoryStore())(kind(seen)))

    async def answers() -> list[int]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://endpoint") as client:
            return [(await client.post("/sns", content=body)).status_code for body in bodies]

    assert asyncio.run(answers()) == statuses
    assert seen == handled
