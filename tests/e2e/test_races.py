"""Eight at the same moment, against the functions as they run: one publication."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.simulator import senders
from tests.support.outside import Outside

TOGETHER = 8
HAVE_IDS = ["8x8", "url-networks", "sinch"]  # to Agile Telecom another text is another message
ROUNDS = range(3)

each_round = pytest.mark.parametrize("attempt", ROUNDS)


def at_once(post: Callable[[int], int]) -> list[int]:
    """Lets eight workers, none earlier than the others, do something; gives the status that each heard."""
    barrier = threading.Barrier(TOGETHER, timeout=30)

    def one(number: int) -> int:
        barrier.wait()
        return post(number)

    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(one, range(TOGETHER)))


def post(outside: Outside, name: str, body: bytes) -> int:
    return outside.post(name, body, senders()[name].message.content_type).status_code


def with_text(outside: Outside, *texts: str) -> list[str]:
    """Return the texts of the events in the inbox that are among these, once the queue before it is empty."""
    outside.wait_until(lambda: outside.backlog() == 0)
    outside.wait_until(lambda: any(event["data"].get("text") in texts for event in outside.inbox()))
    return [event["data"]["text"] for event in outside.inbox() if event["data"].get("text") in texts]


@each_round
@pytest.mark.parametrize("name", senders())
def test_eight_deliveries_of_one_message_are_one_event(name: str, attempt: int, outside: Outside) -> None:
    text = f"one of eight, {name}, round {attempt}"
    body = senders()[name].message.body(text=text)

    assert at_once(lambda _: post(outside, name, body)) == [200] * TOGETHER

    assert with_text(outside, text) == [text]


@each_round
@pytest.mark.parametrize("name", HAVE_IDS)
def test_of_eight_texts_under_one_id_one_is_published_and_seven_are_set_aside(
    name: str, attempt: int, outside: Outside
) -> None:
    it = senders()[name].message
    texts = [f"text {number}, {name}, round {attempt}" for number in range(TOGETHER)]
    message = it.new()
    bodies = [it.written(it.filled(message, text=text)) for text in texts]

    assert at_once(lambda number: post(outside, name, bodies[number])) == [200] * TOGETHER

    [published] = with_text(outside, *texts)
    objects = outside.quarantined()
    kept = {}
    for key, body in objects.items():
        if key.startswith("fanout/") and key.endswith("/body"):
            kept[json.loads(body)["data"]["text"]] = json.loads(objects[key.replace("/body", "/record.json")])
    aside = set(texts) - {published}
    assert aside <= kept.keys()
    assert published not in kept
    assert all(kept[text]["reason"].startswith("id conflict") for text in aside)
