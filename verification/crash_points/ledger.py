"""What the schedules are held against: what was published how often, and where each message is."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from inbound_sms.errors import InvalidPayload
from inbound_sms.publishing.queued import read_event
from verification.crash_points.simulated_aws import Params, Stores

Content = tuple[str, str]  # event id and fingerprint; of what isn't ours, its body


class Violation(AssertionError):
    """A promise is broken."""


class Publication(NamedTuple):
    """An event that SNS accepted: of which delivery, how often, by which run last, and whether that is on record; of a
    part, under the id of which event.

    `heard`: that run knows of it. `excused`: something went wrong with that run after SNS had accepted and before it
    was on record. That is the one case in which an event may be published again.
    """

    content: Content
    delivery: str
    times: int
    by: str
    heard: bool
    under: str
    recorded: bool = False
    excused: bool = False


class Ledger(NamedTuple):
    publications: tuple[tuple[str, Publication], ...] = ()

    @property
    def doubled(self) -> int:
        return sum(publication.times - 1 for _, publication in self.publications)

    def after(self, operation: str, params: Params, left_out: tuple[str, ...], by: str, *, heard: bool) -> "Ledger":
        known = dict(self.publications)
        if operation == "publish_batch":
            for entry in params["PublishBatchRequestEntries"]:
                if entry["Id"] not in left_out:
                    under, contained = contents_of(entry["Message"])
                    for content, delivery in contained:
                        known[content[0]] = _published(
                            known.get(content[0]), Publication(content, delivery, 1, by, heard, under)
                        )
        elif operation == "update_item" and "published_at" in params["UpdateExpression"]:
            event_id = params["Key"]["id"]["S"]
            if event_id not in known:
                raise Violation(f"{event_id} is on record as published, and was not")
            known[event_id] = known[event_id]._replace(recorded=True)
        return Ledger(tuple(sorted(known.items())))

    def excused(self, by: str) -> "Ledger":
        return Ledger(
            tuple(
                (id_, each._replace(excused=True) if each.by == by and not each.recorded else each)
                for id_, each in self.publications
            )
        )

    def check_kept(self, names: Iterable[str], held: Iterable[str], bodies: Mapping[str, str], stores: Stores) -> None:
        """Raise Violation where one of these messages is nowhere: published, still held, or in the quarantine."""
        safe = {publication.content for _, publication in self.publications}
        safe |= {content_of(bodies[name]) for name in held}
        safe |= _quarantined(stores)
        for name in names:
            if content_of(bodies[name]) not in safe:
                raise Violation(f"{name} is lost")

    def check_report(self, by: str, batch: list[str], failed: list[str]) -> None:
        """Raise Violation where a run wants to see a message again whose publication it knows of.

        The owner of joined parts may have to come again, until all of them are on record.
        """
        ids = [content_of(body)[0] for body in batch]
        for body in failed:
            event_id, _ = content_of(body)
            publication = dict(self.publications).get(event_id)
            alone = publication and publication.under == event_id
            if publication and publication.heard and publication.by == by and ids.count(event_id) == 1 and alone:
                raise Violation(f"{event_id} is reported as failed, and was published")

    def check_end(self, queue: list[str], dead: list[str], bodies: Mapping[str, str], stores: Stores) -> None:
        """Raise Violation where something is left over, or an event was never published."""
        if queue:
            raise Violation(f"left in the queue for ever: {queue}")
        self.check_kept(bodies, dead, bodies, stores)
        published = {event_id for event_id, _ in self.publications}
        waiting = {content_of(bodies[name])[0] for name in dead}
        for body in bodies.values():
            event_id, _ = content_of(body)
            if event_id not in published | waiting:
                raise Violation(f"{event_id} was never published")


@cache
def content_of(body: str) -> Content:
    """Return what makes two messages the same."""
    try:
        event = read_event(body)
    except InvalidPayload:
        return body, ""
    if event.data.concatenation:
        return event.id, json.dumps(json.loads(body)["data"]["provider_payload"])
    return event.id, event.fingerprint


@cache
def contents_of(document: str) -> tuple[str, list[tuple[Content, str]]]:
    """Return the id of a published event, and what it contains: itself, or the parts that it was joined from."""
    event = json.loads(document)
    data = event["data"]
    if "parts" not in data:
        return event["id"], [(content_of(document), data["delivery_id"])]
    if data["text"] != "".join(part["provider_payload"]["body"] for part in data["parts"]):
        raise Violation(f"{event['id']} doesn't say what its parts say, in order")
    return event["id"], [
        ((part["id"], json.dumps(part["provider_payload"])), part["delivery_id"]) for part in data["parts"]
    ]


def _published(before: Publication | None, now: Publication) -> Publication:
    if before is None:
        return now
    event_id, _ = now.content
    if before.content != now.content:
        raise Violation(f"{event_id}: two different messages were published under one id")
    if before.delivery != now.delivery:
        raise Violation(f"{event_id} was published by a delivery that doesn't own it")
    if before.under != now.under:
        raise Violation(f"{event_id} was published as {before.under}, and as {now.under}")
    if before.recorded or not before.excused:
        raise Violation(f"{event_id} was published twice, and nothing went wrong in between ({before.by}; {now.by})")
    return now._replace(times=before.times + 1)


def _quarantined(stores: Stores) -> set[Content]:
    """Return what the quarantine holds in full: the bytes and the record about them."""
    objects = dict(stores.bucket)
    found = set()
    for key, body in objects.items():
        stem, _, name = key.rpartition("/")
        if name == "body" and f"{stem}/record.json" in objects:
            json.loads(objects[f"{stem}/record.json"])
            found.add(content_of(body.decode()))
    return found
