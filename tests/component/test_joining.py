"""Long texts that come in parts are published as one event, whatever comes in whatever order."""

import heapq
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from jsonschema import Draft202012Validator

from gateway.simulator import FORM, JSON
from inbound_sms.joining.group import Group
from inbound_sms.joining.joined import joined_event
from inbound_sms.joining.part import _MAX_GROUP_BYTES, part_of
from inbound_sms.publishing.publisher import Notification
from inbound_sms.publishing.queued import read_event
from tests.support.providers import ROOT, Registered, registered
from tests.support.queued import Queued, sqs_record
from tests.support.world import NOW, World

VISIBILITY = 100.0
REFERENCE = 7


@dataclass
class Line:
    """The queue and the fan-out, over the time that passes: when what arrives, and when what is published.

    A batch is written as "A1 A2": the parts of a text of two, "3A1" that of one of three. `A1*` is the provider's
    retry, and "2h:A1" was received two hours ago.
    """

    world: World
    join: bool = True
    waiting: list[tuple[float, int, list[dict[str, Any]]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def send_message_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's
        for entry in Entries:
            assert 0 < entry["DelaySeconds"] <= 900
            record = sqs_record(f"sqs-{next(self._numbers)}", entry["MessageBody"])
            self._put(self.now + entry["DelaySeconds"], record)
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def _put(self, at: float, *records: dict[str, Any]) -> None:
        heapq.heappush(self.waiting, (at, next(self._numbers), list(records)))

    def run(self, *arrivals: tuple[float, str] | tuple[float, list[Queued]]) -> list[tuple[float, dict[str, Any]]]:
        """Return what is published, and at which second, once the queue is empty."""
        for at, batch in arrivals:
            queued = [written(name, at) for name in batch.split()] if isinstance(batch, str) else batch
            self._put(at, *(each.record for each in queued))
        published = []
        while self.waiting:
            self.now, _, records = heapq.heappop(self.waiting)
            assert self.now < 10_000, "it never ends"
            failed = self.world.fanout(NOW + self.now, sqs=self, join=self.join).handle(records)
            for record in records:
                if record["messageId"] in failed:
                    self._put(self.now + VISIBILITY, record)
            published += [(self.now, event) for event in self.world.published()]
        return published


def written(name: str, at: float) -> Queued:
    hours, _, name = name.rpartition("h:")
    total, name = (int(name[0]), name[1:]) if name[0].isdigit() else (2, name)
    id_, retry = name.removesuffix("*"), name.endswith("*")
    return Queued(
        id_,
        delivery=f"delivery-{id_}{'-retry' * retry}",
        text=f"{id_} ",
        place=(REFERENCE, total, int(id_[1])),
        received_at=datetime.fromtimestamp(NOW + at - 3_600 * int(hours or 0), UTC),
    )


def told(published: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, str, str]]:
    """Return when which texts were published, and whether they were whole."""
    found = []
    for at, event in published:
        data = event["data"]
        how = "whole" if "parts" in data else "by itself"
        how = "incomplete" if data.get("incomplete") else how
        found.append((at, data["text"].strip(), "supplement" if "supplements" in data else how))
    return found


W, INC, S, A = "whole", "incomplete", "supplement", "by itself"
ARRIVALS: dict[str, tuple[list[tuple[float, str]], list[tuple[float, str, str]]]] = {
    "in order": ([(0, "A1"), (1, "A2")], [(1, "A1 A2", W)]),
    "the last one first": ([(0, "A2"), (1, "A1")], [(1, "A1 A2", W)]),
    "in one batch": ([(0, "A2 A1")], [(0, "A1 A2", W)]),
    "some twice": ([(0, "A1"), (1, "A1 A1*"), (2, "A2 A2"), (3, "A1* A2* A1 A2")], [(2, "A1 A2", W)]),
    "many parts": ([(n, f"9A{part}") for n, part in enumerate((3, 1, 9, 2, 8, 4, 7, 5, 6))],
     [(8, "A1 A2 A3 A4 A5 A6 A7 A8 A9", W)]),
    "two texts at once": ([(0, "A1 A2 B1 B2")], [(0, "A1 A2", W), (0, "B1 B2", W)]),
    "one after the other": ([(0, "A2"), (1, "A1"), (2, "B2"), (3, "B1")], [(1, "A1 A2", W), (3, "B1 B2", W)]),
    "three, one after the other": ([(0, "A1 A2"), (9, "B2"), (10, "B1"), (20, "C1"), (21, "C2")],
     [(0, "A1 A2", W), (10, "B1 B2", W), (21, "C1 C2", W)]),
    "overlapping: nobody can tell": ([(0, "A1"), (5, "B1"), (6, "A2"), (7, "B2"), (80, "C1 C2")],
     [(5, "B1", A), (6, "A2", A), (7, "B2", A), (61, "A1", A), (80, "C1 C2", W)]),
    "overlapping, in one batch": ([(0, "A1 B1 A2 B2")], [(0, "B1", A), (0, "A2", A), (0, "B2", A), (61, "A1", A)]),
    "one part": ([(0, "A1")], [(61, "A1", INC)]),
    "two of three": ([(0, "3A3"), (30, "3A1")], [(61, "A1 A3", INC)]),
    "the last one late": ([(0, "A1"), (100, "A2")], [(61, "A1", INC), (161, "A2", S)]),
    "two late, of three": ([(0, "3A2"), (90, "3A1 3A3")], [(61, "A2", INC), (151, "A1 A3", S)]),
    "two late, one after the other": ([(0, "3A2"), (90, "3A1"), (200, "3A3")],
     [(61, "A2", INC), (151, "A1", S), (261, "A3", S)]),
    "a whole one after an incomplete one": ([(0, "A1"), (100, "B2"), (101, "B1")],
     [(61, "A1", INC), (101, "B1 B2", W)]),
    "an incomplete one after an incomplete one": ([(0, "A1"), (100, "B1")], [(61, "A1", INC), (161, "B1", INC)]),
    "late, after a whole one": ([(0, "A1"), (100, "B1 B2"), (200, "A2")],
     [(61, "A1", INC), (100, "B1 B2", W), (261, "A2", S)]),
    "days later": ([(0, "A1"), (9_000, "A2")], [(61, "A1", INC), (9_061, "A2", S)]),
    "received hours ago": ([(0, "3h:A2 3h:A1")], [(0, "A1 A2", W)]),
    "received hours ago, two with one reference": ([(0, "2h:B2 3h:A1 2h:B1 3h:A2")],
     [(0, "A1 A2", W), (0, "B1 B2", W)]),
    "received hours ago, parts of two": ([(0, "3h:A1 2h:B2")], [(0, "B2", A), (61, "A1", INC)]),
    "received hours ago, one part": ([(0, "3h:A1")], [(61, "A1", INC)]),
}  # fmt: skip


@pytest.mark.parametrize(("arrivals", "expected"), ARRIVALS.values(), ids=ARRIVALS)
def test_what_comes_in_parts_is_published_as_one(
    aws: World, arrivals: list[tuple[float, str]], expected: list[tuple[float, str, str]]
) -> None:
    published = Line(aws).run(*arrivals)

    assert told(published) == expected
    assert len({event["id"] for _, event in published}) == len(published)
    ids = [part["id"] for _, event in published for part in event["data"].get("parts", [event])]
    assert sorted(ids) == sorted({written(name, at).event_id for at, names in arrivals for name in names.split()})
    for name, item in aws.claim_items().items():
        if name.startswith("parts:"):
            assert not [each for each in item if each.startswith("part:")], "no text stays behind"
        else:
            assert item["published_at"]
            assert item.get("joined_as", name) in {event["id"] for _, event in published}


def two(**second: Any) -> list[Queued]:
    """Return the two parts of a text; of the second, something is different."""
    return [written("A1", 0), replace(written("A2", 0), **second)]


APART = ["incomplete", "incomplete"]
TOGETHER: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing differs": ({}, ["whole"]),
    "another width of the reference, which not all say": ({"bits": 16}, ["whole"]),
    "another reference": ({"place": (8, 2, 2)}, APART),
    "another total": ({"place": (REFERENCE, 3, 2)}, APART),
    "another sender": ({"sender": "+447700900009"}, APART),
    "another recipient": ({"recipient": "+447700900009"}, APART),
    "another provider": ({"provider": "other"}, APART),
    "received much later": ({"received_at": datetime.fromtimestamp(NOW + 61, UTC)}, ["incomplete", "supplement"]),
}


@pytest.mark.parametrize(("second", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_what_belongs_together_is_joined_and_nothing_else(
    aws: World, second: dict[str, Any], expected: list[str]
) -> None:
    published = told(Line(aws).run((0, two(**second))))

    assert [how for _, _, how in published] == expected


ALONE: dict[str, dict[str, Any]] = {
    "no sender": {"sender": ""},
    "one of one": {"place": (REFERENCE, 1, 1)},
    "more parts than a text can have": {"place": (REFERENCE, 256, 1)},
    "no number of the parts": {"place": (REFERENCE, 2, 3)},
    "number 0": {"place": (REFERENCE, 2, 0)},
    "of a text too large for one event": {"text": "x" * 62_500},
}


@pytest.mark.parametrize("part", ALONE.values(), ids=ALONE)
def test_what_cannot_be_joined_is_published_as_it_came(aws: World, part: dict[str, Any]) -> None:
    [(at, event)] = Line(aws).run((0, [alone := replace(written("A1", 0), **part)]))

    assert (at, event) == (0, json.loads(alone.document))


def test_when_joining_is_switched_off_parts_are_published_as_they_come_and_when_they_have_waited(aws: World) -> None:
    line = Line(aws)
    line.now = 0.0
    assert aws.fanout(NOW, sqs=line).handle([written("A1", 0).record]) == set()

    assert told(Line(aws, join=False, waiting=line.waiting).run((1, "A2"))) == [(1, "A2", A), (61, "A1", A)]


def test_the_event_says_all_that_its_parts_said(aws: World) -> None:
    first, second = two()
    [(_, event)] = Line(aws).run((0, [second, first]))

    schema = json.loads((ROOT / "schemas" / f"{event['type']}.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(event)
    of_first, data = json.loads(first.document), event["data"]
    assert event["source"] == of_first["source"]
    for name in ("sender", "recipient", "received_at", "delivery_id"):
        assert data[name] == of_first["data"][name]
    assert (data["text"], data["segments"]) == ("A1 A2 ", 2)
    assert data["parts"] == [
        {
            "part": number,
            "id": f"acme/A{number}",
            "message_id": f"A{number}",
            "delivery_id": f"delivery-A{number}",
            "provider_payload": {"body": f"A{number} "},
        }
        for number in (1, 2)
    ]
    assert [data[name] for name in ("message_id", "concatenation", "udh", "price", "provider_payload")] == [None] * 5
    assert not {"incomplete", "missing_parts", "supplements"} & data.keys(), "as in an ordinary event"


def test_an_incomplete_event_says_what_is_missing_and_the_late_part_where_it_belongs(aws: World) -> None:
    (_, incomplete), (_, late) = Line(aws).run((0, "3A2"), (90, "3A1"))

    assert [incomplete["data"][name] for name in ("incomplete", "missing_parts")] == [True, [1, 3]]
    assert [late["data"][name] for name in ("incomplete", "missing_parts", "supplements")] == [
        True,
        [3],
        incomplete["id"],
    ]


@pytest.mark.parametrize("total", [2, 255])
def test_the_longest_text_is_one_event_that_a_topic_takes(aws: World, total: int) -> None:
    """Each part is as large as one may be that is still joined."""
    last = Queued(f"A{total:03}", text="", place=(REFERENCE, total, total))
    spare = _MAX_GROUP_BYTES // total - len(last.document.encode())
    text = "x" * (spare // 2)  # in the text and in what the provider sent; moto counts characters, not bytes
    places = [(REFERENCE, total, number) for number in range(1, total + 1)]
    bodies = [replace(last, id=f"A{place[2]:03}", text=text, place=place).document for place in places]
    owner = part_of(Notification(read_event(bodies[-1]), bodies[-1]))
    assert owner
    item = {f"part:{number}": {"S": body} for number, body in enumerate(bodies, 1)}
    aws.dynamodb.put_item(TableName=aws.table, Item={"id": {"S": "parts:1"}, **item})

    [[(_, sns_id)]] = aws.fanout().publisher.publish([joined_event(Group(item), owner)])

    assert sns_id
    [event] = aws.published()
    assert (event["data"]["text"], len(event["data"]["parts"])) == (text * total, total)


def test_each_part_takes_two_calls_more_at_most(aws: World) -> None:
    """A part takes three calls without joining: its claim, a publication and its completion."""
    line = Line(aws)
    line.run((0, "X1 X2"))
    with patch.object(BaseClient, "_make_api_call", autospec=True, side_effect=BaseClient._make_api_call) as made:
        line.run((100, "3A1"), (101, "3A2"), (102, "3A3"))

    calls = Counter(call.args[1] for call in made.mock_calls)
    delayed = 2  # queued once more, which the line does, and claimed again
    assert calls["PutItem"] + calls["UpdateItem"] + calls["PublishBatch"] + delayed == 3 * (3 + 2)


TEARING = [
    pytest.param(entry, name, id=f"{entry}-{name}")
    for entry in registered()
    for name, callback in entry.sender.callbacks.items()
    if callback.part
]


def published_of(aws: World, entry: Registered, callback: str, bodies: Iterable[bytes]) -> Any:
    """Return the data of the one event that is published of what a provider posts."""
    receiver = aws.receiver(entry)
    for body in bodies:
        assert receiver.handle(entry.event(body, callback=callback))["statusCode"] == 200
    queued = [sqs_record(f"sqs-{number}", body) for number, body in enumerate(aws.queued())]
    assert aws.fanout(time.time()).handle(queued) == set()
    [event] = aws.published()
    return event["data"]


@pytest.mark.parametrize(
    ("content_type", "halves", "text"),
    [
        (JSON, (rb"a\ud83d", rb"\udc4db"), "a\N{THUMBS UP SIGN}b"),
        (JSON, (rb"\ud83d\udc4d \uD83D", rb"\uDC4D \ud83d\udc4d"), "\N{THUMBS UP SIGN} " * 2 + "\N{THUMBS UP SIGN}"),
        (JSON, (rb"a\ud83d", rb"b"), "a\ufffdb"),
        (JSON, (rb"\ud83d\ud83d", rb"\udc4d"), "\ufffd\ufffd\ufffd"),
        (FORM, (b"a%ED%A0%BD", b"%ED%B1%8Db"), "a\N{THUMBS UP SIGN}b"),
        (FORM, (b"a\xed\xa0\xbd", b"\xed\xb1\x8db"), "a\N{THUMBS UP SIGN}b"),
    ],
)
def test_a_character_torn_between_two_texts_is_whole(
    aws: World, content_type: str, halves: tuple[bytes, bytes], text: str
) -> None:
    pairs = [each.values for each in TEARING]
    entry, name = next(pair for pair in pairs if pair[0].sender.callbacks[pair[1]].content_type == content_type)
    bodies = entry.sender.callbacks[name].parts(["HALF", "HALF"])
    torn = [body.replace(b"HALF", half) for body, half in zip(bodies, halves, strict=True)]

    assert published_of(aws, entry, name, torn)["text"] == text


@pytest.mark.parametrize(("entry", "callback"), TEARING)
def test_a_text_that_a_provider_tears_arrives_whole(aws: World, entry: Registered, callback: str) -> None:
    texts = ["Dear all, gr\u00fc\u00dfe ", "from \N{WAVING HAND SIGN} ", "the sea"]
    data = published_of(aws, entry, callback, reversed(entry.sender.callbacks[callback].parts(texts)))

    assert data["text"] == "".join(texts)
    assert [part["part"] for part in data["parts"]] == [1, 2, 3]
    assert data["parts"][0]["provider_payload"]
