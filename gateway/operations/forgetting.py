"""What a gateway still holds of a person, and removing it: for whoever asks to be forgotten.

docs/privacy.md says what is kept where. Who keeps something of persons in another place adds it to `stores_of`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote_plus

from gateway.errors import GatewayError, WrongUsage
from gateway.operations.dead_letters import DeadLetters, dead_letters_of
from gateway.operations.installation import Installation
from gateway.operations.queues import number_in

_LEAST_DIGITS = 6  # fewer would be found in ids and times
_BETWEEN_DIGITS = r"[\s().\-/]{0,2}"
_AT_ONCE = 8
_AT_WORK = timedelta(hours=1)  # what is younger in the table may be at work still
_DELETED_AT_ONCE = 1_000  # S3's limit


class Person:
    """A person, by the numbers that they may be written by."""

    def __init__(self, numbers: Sequence[str]) -> None:
        """Raise WrongUsage for what is too short to be told from other digits."""
        self.digits = [re.sub(r"\D", "", number) for number in numbers]
        if not self.digits or min(map(len, self.digits)) < _LEAST_DIGITS:
            raise WrongUsage(f"A number has {_LEAST_DIGITS} digits at least: write it with its country code")
        written = "|".join(_BETWEEN_DIGITS.join(each) for each in self.digits)
        self._written = re.compile(rf"(?<!\d)(?:00)?(?:{written})(?!\d)")

    def is_in(self, content: str | bytes) -> bool:
        """Return whether one of the numbers is in a text, a form, JSON, or what resembles one of these."""
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        text = text.replace("\0", "")  # of UTF-16
        return bool(self._written.search(text) or ("%" in text and self._written.search(unquote_plus(text))))

    def masked(self, name: str) -> str:
        """Return a name without the numbers."""
        return self._written.sub("***", name)


@dataclass(frozen=True)
class Held:
    """Something that is held of a person: where, under which name (without numbers), and since when.

    `at_work` says that it isn't to be removed now, because it is being published. `handle` is its store's own.
    """

    store: str
    name: str
    since: datetime
    at_work: bool = False
    handle: Any = field(default=None, repr=False, compare=False)


class Store(Protocol):
    """A place where the gateway keeps something of persons; `parameter` says for how long."""

    @property
    def name(self) -> str: ...

    @property
    def parameter(self) -> str: ...

    def find(self, person: Person) -> Iterator[Held | None]:
        """Look through all that is there; give what is held of a person, and None for every other look."""
        ...

    def remove(self, held: Sequence[Held]) -> Iterator[Held]:
        """Remove what was found; give each as soon as it is gone."""
        ...


def stores_of(installation: Installation) -> list[Store]:
    """Return every place where an installation keeps something of persons."""
    deployed = installation.deployed
    s3 = installation.client("s3")
    media = (
        [_Bucket("media", "MediaRetentionDays", s3, deployed.media.bucket, _first_two, "/event.json")]
        if deployed.media
        else []
    )
    return [
        _Bucket("quarantine", "QuarantineRetentionDays", s3, deployed.quarantine_bucket, _first_two),
        _Bucket("payloads", "PayloadRetentionDays", s3, deployed.payloads_bucket),
        *media,
        _Table("claims and parts", "ClaimRetentionDays", installation.client("dynamodb"), deployed.table),
        *(_Queue(f"dead letters of {name}", letters) for name, letters in dead_letters_of(installation).items()),
    ]


def beyond_reach(installation: Installation) -> list[str]:
    """Return what `forget` can't remove, in sentences."""
    deployed, sqs = installation.deployed, installation.client("sqs")
    on_their_way = [deployed.queues.events, *(source.queue for source in deployed.sources.values())]
    waiting = sum(number_in(sqs, url) for url in on_their_way)
    copied = number_in(sqs, deployed.media.queue) if deployed.media else 0
    media = [f"Messages whose files are being copied: {copied}. Run it again in two hours."] if deployed.media else []
    return [
        "What was published: subscribers have it, and their own queues, dead-letter queues and lists.",
        f"Events on their way: {waiting} are published in moments, parts of a text within JoinSeconds. Run it again.",
        *media,
        "Backups of the table of claims: it can be restored to any moment of the last 35 days.",
        "The provider, which keeps its own records. (Logs hold no number and no text.)",
    ]


def _first_two(key: str) -> str:
    return "/".join(key.split("/")[:2])


@dataclass(frozen=True)
class _Bucket:
    """A bucket. What belongs together has the same `unit`, and goes together, with every version that there is.

    Files of media tell nothing by themselves; `event.json` beside them says whose they are.
    """

    name: str
    parameter: str
    s3: Any
    bucket: str
    unit: Callable[[str], str] = str
    tells: str | None = None  # how the names end of the objects to look into; None: all

    def find(self, person: Person) -> Iterator[Held | None]:
        versions: dict[str, list[Any]] = {}
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for version in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                versions.setdefault(self.unit(version["Key"]), []).append(version)

        def look(unit: str) -> Held | None:
            if not any(person.is_in(content) for content in self._contents(versions[unit])):
                return None
            since = min(version["LastModified"] for version in versions[unit])
            return Held(self.name, unit, since, handle=versions[unit])

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from pool.map(look, versions)

    def _contents(self, versions: list[Any]) -> Iterator[bytes]:
        """Return what is in every version that may tell; delete markers have no size, and arrivals are empty."""
        for version in versions:
            if version.get("Size") and (self.tells is None or version["Key"].endswith(self.tells)):
                named = {"Bucket": self.bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
                try:
                    yield self.s3.get_object(**named)["Body"].read()
                except self.s3.exceptions.NoSuchKey:  # gone since: replayed, or expired
                    continue

    def remove(self, held: Sequence[Held]) -> Iterator[Held]:
        for each in held:
            named = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in each.handle]
            for start in range(0, len(named), _DELETED_AT_ONCE):
                objects = named[start : start + _DELETED_AT_ONCE]
                deleted = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
                if errors := deleted.get("Errors"):
                    raise GatewayError(f"{self.bucket}: S3 left something ({errors[0].get('Code')}); run it again")
            yield each


@dataclass(frozen=True)
class _Table:
    """The table of claims: parts of a text that are being joined, and claims whose id holds a number."""

    name: str
    parameter: str
    dynamodb: Any
    table: str

    def find(self, person: Person) -> Iterator[Held | None]:
        names = {f":id{number}": {"S": digits} for number, digits in enumerate(person.digits)}
        wanted = " OR ".join([*(f"contains(id, {name})" for name in names), "attribute_exists(opened_at)"])
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.table, FilterExpression=wanted, ExpressionAttributeValues=names
        )
        for page in pages:
            yield None
            yield from (self._held(item, person) for item in page["Items"] if person.is_in("\n".join(_texts(item))))

    def _held(self, item: Any, person: Person) -> Held:
        since = datetime.fromtimestamp(float(item[_begun(item)]["N"]), UTC)
        name = person.masked(item["id"]["S"])
        return Held(self.name, name, since, at_work=datetime.now(UTC) - since < _AT_WORK, handle=item)

    def remove(self, held: Sequence[Held]) -> Iterator[Held]:
        for each in held:
            begun = _begun(each.handle)
            try:
                self.dynamodb.delete_item(
                    TableName=self.table,
                    Key={"id": each.handle["id"]},
                    ConditionExpression=f"{begun} = :seen",  # else it is another text's by now
                    ExpressionAttributeValues={":seen": each.handle[begun]},
                )
            except self.dynamodb.exceptions.ConditionalCheckFailedException:
                continue
            yield each


def _begun(item: Any) -> str:
    """Return the attribute that says since when an item is at work: a group of parts, or a claim."""
    return "opened_at" if "opened_at" in item else "claimed_at"


def _texts(item: Any) -> Iterator[str]:
    yield item["id"]["S"]
    yield from (typed["S"] for name, typed in item.items() if name.startswith("part:"))


@dataclass(frozen=True)
class _Queue:
    """A dead-letter queue."""

    name: str
    letters: DeadLetters
    parameter: str = "14 days"

    def find(self, person: Person) -> Iterator[Held | None]:
        for letter in self.letters.each():
            named = letter.event_id or letter.message_id
            is_theirs = person.is_in(letter.body)
            yield (
                Held(self.name, person.masked(named), letter.queued_at, handle=letter.message_id) if is_theirs else None
            )

    def remove(self, held: Sequence[Held]) -> Iterator[Held]:
        by_id = {each.handle: each for each in held}
        yield from (by_id[message_id] for message_id in self.letters.discard(by_id.keys()))
