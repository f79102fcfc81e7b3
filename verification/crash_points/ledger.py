"""What the schedules are held against: what was published how often, and where each message is."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from inbound_sms.errors import InvalidPayload
from inbound_sms.publishing.queued import read_event
from verification.crash_points.replay import Params, Pending
from verification.crash_points.simulated_aws import Fault, Stores, thaw

JOIN_SECONDS = 60.0

Content = tuple[str, str]  # event id and fingerprint; of what isn't ours, its body


class Violation(AssertionError):
    """A promise is broken."""


class Publication(NamedTuple):
    """An event that SNS accepted: of which delivery, and of a part, under the id of which event; how often, by which
    run last, and whether that is on record.

    `heard`: that run knows of it. `excused`: something went wrong with that run after SNS had accepted and before it
    was on record. That is the one case in which an event may be published again.
    """

    content: Content
    delivery: str
    under: str
    times: int = 1
    by: str = ""
    heard: bool = False
    recorded: bool = False
    excused: bool = False

    def again(self, now: "Publication") -> "Publication":
        """Return it after another publication under the same id, which has to be excused."""
        event_id, _ = self.content
        if self.content != now.content:
            raise Violation(f"{event_id}: two different messages were published under one id")
        if self.delivery != now.delivery:
            raise Violation(f"{event_id} was published by a delivery that doesn't own it")
        if self.under != now.under:
            raise Violation(f"{event_id} was published as {self.under}, and as {now.under}")
        if self.recorded or not self.excused:
            raise Violation(f"{event_id} was published twice, and nothing went wrong in between ({self.by}; {now.by})")
        return now._replace(times=self.times + 1)


class Ledger(NamedTuple):
    publications: tuple[tuple[str, Publication], ...] = ()  # by the event's id

    @property
    def doubled(self) -> bool:
        return any(publication.times > 1 for _, publication in self.publications)

    def after(self, pending: Pending, fault: Fault, by: str) -> "Ledger":
        """Return it after a request that was carried out."""
        known = dict(self.publications)
        if pending.operation == "publish_batch":
            entries = pending.params["PublishBatchRequestEntries"]
            taken = [entry["Message"] for entry in entries if entry["Id"] not in fault.left_out]
            for each in (each for document in taken for each in _published_in(document)):
                before, now = known.get(each.content[0]), each._replace(by=by, heard=not fault.error)
                known[each.content[0]] = before.again(now) if before else now
        elif pending.operation == "update_item" and "published_at" in pending.params["UpdateExpression"]:
            event_id = pending.params["Key"]["id"]["S"]
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
        safe |= {content_of(body.decode()) for body in quarantined(stores)}
        for name in names:
            if content_of(bodies[name]) not in safe:
                raise Violation(f"{name} is lost")

    def check_report(self, by: str, batch: list[str], failed: list[str]) -> None:
        """Raise Violation where a run wants to see a message again whose publication it knows of.

        The owner of joined parts may have to come again, until all of them are on record.
        """
        ids = [content_of(body)[0] for body in batch]
        for event_id in (content_of(body)[0] for body in failed):
            publication = dict(self.publications).get(event_id)
            alone = publication and publication.under == event_id
            if publication and publication.heard and publication.by == by and ids.count(event_id) == 1 and alone:
                raise Violation(f"{event_id} is reported as failed, and was published")

    def check_end(self, queue: list[str], dead: list[str], bodies: Mapping[str, str], stores: Stores) -> None:
        """Raise Violation where something is left over, or an event was never published."""
        if queue:
            raise Violation(f"left in the queue for ever: {queue}")
        self.check_kept(bodies, dead, bodies, stores)
        settled = {event_id for event_id, _ in self.publications} | {content_of(bodies[name])[0] for name in dead}
        for event_id, _ in map(content_of, bodies.values()):
            if event_id not in settled:
                raise Violation(f"{event_id} was never published")
        for key, item in stores.table:
            left = [name for name, _, _ in item if name.startswith("part:")]
            if left and not dead:
                raise Violation(f"{left} stay in {key}, where the next text would find them")


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
def _published_in(document: str) -> list[Publication]:
    """Return what a document publishes: an event, or the parts that it was joined from."""
    event = json.loads(document)
    data: dict[str, Any] = event["data"]
    if "parts" not in data:
        return [Publication(content_of(document), data["delivery_id"], event["id"])]
    if data["text"] != "".join(part["provider_payload"]["body"] for part in data["parts"]):
        raise Violation(f"{event['id']} doesn't say what its parts say, in order")
    return [
        Publication((part["id"], json.dumps(part["provider_payload"])), part["delivery_id"], event["id"])
        for part in data["parts"]
    ]


def are_joined(stores: Stores) -> bool:
    """Return whether a text was published as a whole."""
    return any('"parts":[' in each and '"incomplete":true' not in each for each in stores.accepted)


def check_in_time(params: Params, stores: Stores, now: float) -> None:
    """Raise Violation where parts are published as incomplete before the others had the time to come."""
    if not any('"incomplete":true' in entry["Message"] for entry in params["PublishBatchRequestEntries"]):
        return
    groups = [thaw(item) for key, item in stores.table if key.startswith("parts:")]
    if not any(float(group["opened_at"]["N"]) + JOIN_SECONDS <= now for group in groups):
        raise Violation("published as incomplete too early")


def quarantined(stores: Stores) -> set[bytes]:
    """Return the bodies that the quarantine holds in full: the bytes and the record about them."""
    objects = dict(stores.bucket)
    stems = [key.removesuffix("/body") for key in objects if key.endswith("/body")]
    return {objects[f"{stem}/body"] for stem in stems if json.loads(objects.get(f"{stem}/record.json", "null"))}
