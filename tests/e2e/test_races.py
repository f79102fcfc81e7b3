"""Eight at the same moment, against the functions as they run: one publication."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from gateway.simulator import senders
from tests.support.outside import FIRST, WITHOUT_ID, Outside

TOGETHER = 8
each_round = pytest.mark.parametrize("attempt", range(3))


def post_at_once(outside: Outside, name: str, bodies: list[bytes]) -> None:
    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = pool.map(partial(outside.post, name), bodies)
    assert [each.status_code for each in answers] == [200] * TOGETHER


def with_text(outside: Outside, *texts: str) -> list[str]:
    """Return the texts of the events in the inbox that are among these, once the queue before it is empty."""
    outside.wait_until(lambda: outside.backlog() == 0)
    outside.wait_until(lambda: any(event["data"].get("text") in texts for event in outside.inbox()))
    return [event["data"]["text"] for event in outside.inbox() if event["data"].get("text") in texts]


@each_round
@pytest.mark.parametrize("name", [FIRST, WITHOUT_ID])
def test_eight_deliveries_of_one_message_are_one_event(name: str, attempt: int, outside: Outside) -> None:
    text = f"one of eight, {name}, round {attempt}"
    body = senders()[name].message.body(text=text)

    post_at_once(outside, name, [body] * TOGETHER)

    assert with_text(outside, text) == [text]


@each_round
def test_of_eight_texts_under_one_id_one_is_published_and_seven_are_set_aside(attempt: int, outside: Outside) -> None:
    it = senders()[FIRST].message
    texts = [f"text {number}, round {attempt}" for number in range(TOGETHER)]
    message = it.new()

    post_at_once(outside, FIRST, [it.written(it.filled(message, text=text)) for text in texts])

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
