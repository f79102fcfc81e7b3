"""Hold what a version stored against this one: what is queued is published, what is claimed stays claimed, ..."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from inbound_sms.auth import Secrets
from inbound_sms.auth.tokens import client_of
from tests.support.providers import registered, rows
from tests.support.queued import sqs_record
from tests.support.world import FUNCTION_TIMEOUT, NOW, World
from verification.upgrade.stored import Json, SetAside, Stored, Taken

SOON = NOW + 1
LATER = NOW + FUNCTION_TIMEOUT + 2  # who claimed at NOW and has not published is dead


def faults(stored: Stored, aws: World) -> Iterator[str]:
    """Return in words what this version makes of it that it should not."""
    yield from _handled(stored.taken, aws)
    yield from _sent_again(stored.taken, aws)
    for kept in stored.quarantine:
        yield from _replayed(kept, aws)
    for name, document in stored.parameters.items():
        yield from (f"the parameter with {name}: {fault}" for fault in _parameter(document))
    for token in stored.tokens:
        if client_of(token["token"], [token["key"]], token["provider"], "test") != token["client"]:
            yield "an access token lets nobody in"


def _handled(taken: list[Taken], aws: World) -> Iterator[str]:
    """Handle what the version before queued, in each state of its claims; parts by themselves, as it did."""
    messages = [sqs_record(each.id, each.document) for each in taken]
    claimed, published = [each.claimed for each in taken], [each.published for each in taken]
    states: list[tuple[str, list[Json], float, tuple[int, bool]]] = [  # at the end: how often it comes out, if it waits
        ("queued", [], SOON, (1, False)),
        ("claimed by a worker that lives", claimed, SOON, (0, True)),
        ("claimed by a worker that died", claimed, LATER, (1, False)),
        ("published", published, LATER, (0, False)),
    ]
    for state, items, now, expected in states:
        with _table(items, aws):
            failed = aws.fanout(now, join=False).handle(messages)
            times = _published(aws)
            for each in taken:
                if (times[each.document], each.id in failed) != expected:
                    yield f"{each.sample}, {state}: came out {times[each.document]} times, {each.id in failed}"


def _sent_again(taken: list[Taken], aws: World) -> Iterator[str]:
    """Post again what the version before stored: another delivery of the same event."""
    samples = {f"{entry}/{row.name}": (entry, row) for entry, row in rows()}
    receivers = {entry.provider.name: aws.receiver(entry) for entry in registered()}
    for entry, row in (samples[name] for name in {each.sample: None for each in taken} if name in samples):
        if row.answer.startswith("accepted"):  # this version may be stricter: then it is quarantined, by the webhook
            receivers[entry.provider.name].handle(entry.event(sample=row))
    texts = {each.id: json.loads(each.document)["data"].get("text") for each in taken}
    events = [(json.loads(document), document) for document in aws.queued()]
    # Where this version reads another text, the fault was the other's, and the two are in conflict indeed.
    messages = [
        sqs_record(event["id"], document)
        for event, document in events
        if event["data"].get("text") == texts.get(event["id"])
    ]
    states = {"claimed": [each.claimed for each in taken], "published": [each.published for each in taken]}
    for state, items in states.items():
        with _table(items, aws):
            failed = aws.fanout(SOON, join=False).handle(messages)
            yield from (f"{name}, {state} and sent again: neither a duplicate nor new" for name in failed)
            if published := _published(aws).total():
                yield f"{state} and sent again: {published} were published once more"
            if kept := len(aws.quarantined()):
                yield f"{state} and sent again: {kept} were taken for another text under the same id"


def _replayed(kept: SetAside, aws: World) -> Iterator[str]:
    """Replay what the version before quarantined."""
    by = kept.key.partition("/")[0]
    with _table([], aws):
        for key, content in kept.objects.items():
            aws.s3.put_object(Bucket=aws.bucket, Key=key, Body=content)
        entries = {entry.provider.name: entry for entry in registered()}
        replay = aws.fanout(SOON).replay if by == "fanout" else aws.receiver(entries[by]).recover
        answer = replay(kept.key)
        expected = "accepted" if kept.ids else "unreadable"
        if (answer["outcome"], answer.get("event_ids", [])) != (expected, kept.ids):
            yield f"{kept.key} replayed: {answer}, and not {expected} with {kept.ids}"


def _parameter(document: Json) -> Iterator[str]:
    try:
        secrets = Secrets.model_validate(document)
    except ValidationError as error:
        yield f"refused: {error}"
    else:
        yield from (f"{name} is not read" for name in document if not secrets.holds(name))


@contextmanager
def _table(items: Iterable[Json], aws: World) -> Iterator[None]:
    """Put these items into the table; at the end, clear table and bucket."""
    _write(aws, [{"PutRequest": {"Item": item}} for item in items])
    yield
    left = aws.dynamodb.scan(TableName=aws.table)["Items"]
    _write(aws, [{"DeleteRequest": {"Key": {"id": item["id"]}}} for item in left])
    for left in aws.s3.list_objects_v2(Bucket=aws.bucket).get("Contents", []):
        aws.s3.delete_object(Bucket=aws.bucket, Key=left["Key"])


def _write(aws: World, requests: list[Json]) -> None:
    for start in range(0, len(requests), 25):
        aws.dynamodb.batch_write_item(RequestItems={aws.table: requests[start : start + 25]})


def _published(aws: World) -> Counter[str]:
    return Counter(body for inbox in aws.inboxes.values() for body in aws.queued(inbox))
