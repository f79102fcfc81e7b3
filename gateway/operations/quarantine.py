"""The quarantine: what is in it, and getting it back into the gateway once the reason is mended.

What belongs together is under `<prefix>/<hash>`: `body`, `record.json`, and `arrivals/<delivery id>` for each delivery
of the same bytes. The prefix names the function that quarantined them, and that can replay them.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.operations.invoking import invoke
from gateway.operations.masking import masking_of

_AT_ONCE = 8
_RECORD = "/record.json"
_BODY = "/body"
_NO_RECORD = "there is no record beside the body: it was never acknowledged, or is already replayed and half deleted"


class _Objects(dict[str, datetime]):
    """The objects under one key: when each was stored, by its name."""

    @property
    def stored_at(self) -> datetime:
        return max(self.values())

    @property
    def has_record(self) -> bool:
        return _RECORD in self

    @property
    def arrivals(self) -> list[datetime]:
        return sorted(at for name, at in self.items() if name.startswith("/arrivals/"))


_Listed = dict[str, _Objects]


@dataclass(frozen=True)
class Kept:
    """Something in the quarantine; `record` is empty where there is none, or none that can be read."""

    key: str
    stored_at: datetime
    record: dict[str, Any] = field(default_factory=dict)
    arrivals: tuple[datetime, ...] = ()

    @property
    def times(self) -> str:
        """How often the same bytes arrived, and since when; empty for once."""
        return f"{len(self.arrivals)} times since {self.arrivals[0]:%Y-%m-%d %H:%M:%S}" if self.arrivals[1:] else ""

    @property
    def provider(self) -> str:
        """Who sent it."""
        return str(self.record.get("provider") or self.key.partition("/")[0])

    @property
    def received_at(self) -> datetime:
        """When the gateway received it; where that is not on record, when it was stored."""
        try:
            received = datetime.fromisoformat(str(self.record.get("received_at")))
        except ValueError:
            return self.stored_at
        return received if received.tzinfo else received.replace(tzinfo=UTC)

    @property
    def reason(self) -> str:
        """Why it is here; with the field at fault, where there is one."""
        if not self.record:
            return _NO_RECORD
        named = self.record.get("field")
        return f"{named}: {self.record.get('reason')}" if named else str(self.record.get("reason"))


@dataclass(frozen=True)
class Stock:
    """How many there are, and a mark: another one, whenever they are others."""

    number: int
    mark: str


@dataclass(frozen=True)
class Selection:
    """Which to take; what is None is no restriction. `reason` is part of a reason, without case; `keys` are whole."""

    provider: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None
    keys: tuple[str, ...] = ()

    @property
    def prefixes(self) -> tuple[str, ...]:
        """How the keys begin of all that may belong to it: the fan-out sets aside what is of any provider."""
        if self.keys:
            return tuple(f"{key}/" for key in self.keys)
        return ("",) if self.provider is None else (f"{self.provider}/", "fanout/")

    def takes(self, kept: Kept) -> bool:
        """Return whether something belongs to it."""
        return (
            self.provider in {None, kept.provider}
            and (self.since is None or kept.received_at >= self.since)
            and (self.until is None or kept.received_at < self.until)
            and (self.reason is None or self.reason.casefold() in kept.reason.casefold())
            and (not self.keys or kept.key in self.keys)
        )


@dataclass(frozen=True)
class Replayed:
    """What came of a replay: `accepted` (and deleted from the quarantine), `unreadable`, `not_found` or `failed`."""

    key: str
    outcome: str
    reason: str | None = None
    event_ids: tuple[str, ...] = ()


class Quarantine:
    """The quarantine of an installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._s3 = installation.client("s3")
        self._bucket = installation.deployed.quarantine_bucket

    def select(self, selection: Selection) -> list[Kept]:
        """Return what belongs to a selection, oldest first."""
        listed = self._listed(selection.prefixes)
        keys = [key for key in listed if not selection.keys or key in selection.keys]
        found = self._read(listed, keys)
        return sorted(filter(selection.takes, found), key=lambda kept: kept.received_at)

    def newest(self, limit: int) -> tuple[Stock, list[Kept]]:
        """Return what there is, and the newest of it, newest first."""
        listed = self._listed()
        keys = sorted(listed, key=lambda key: listed[key].stored_at, reverse=True)[:limit]
        return _stock(listed), self._read(listed, keys)

    def stock(self) -> Stock:
        """Return what there is."""
        return _stock(self._listed())

    def one(self, key: str) -> tuple[Kept, bytes]:
        """Return one with its body, to be shown: path secrets are masked.

        Raises GatewayError where there is none, or where the secrets can't be read.
        """
        masking = masking_of(self._installation)
        try:
            stored = self._s3.get_object(Bucket=self._bucket, Key=key + _BODY)
        except self._s3.exceptions.NoSuchKey:
            raise GatewayError(f"There is nothing under {key} in the quarantine") from None
        arrivals = self._listed((f"{key}/",))[key].arrivals
        record, body = masking.value(self._record(key)), masking.body(stored["Body"].read())
        return Kept(key, stored["LastModified"], record, tuple(arrivals)), body

    def replay(self, chosen: list[Kept]) -> Iterator[Replayed]:
        """Replays, several at a time; gives what came of each, in their order, as soon as it is known.

        What was accepted is deleted. Ended in between, it may be run again: whatever was delivered stays delivered
        once.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            replays = [pool.submit(self._replay, kept) for kept in chosen]
            try:
                for each in replays:
                    yield each.result()
            finally:
                for each in replays:
                    each.cancel()

    def _listed(self, prefixes: tuple[str, ...] = ("",)) -> _Listed:
        """Return what begins in one of these ways."""
        listed: _Listed = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for item in chain.from_iterable(pool.map(self._objects, prefixes)):
                prefix, content_hash, *name = item["Key"].split("/")
                objects = listed.setdefault(f"{prefix}/{content_hash}", _Objects())
                objects["/" + "/".join(name)] = item["LastModified"]
        return listed

    def _objects(self, prefix: str) -> list[Any]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [item for page in pages for item in page.get("Contents", [])]

    def _read(self, listed: _Listed, keys: list[str]) -> list[Kept]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            records = pool.map(lambda key: self._record(key) if listed[key].has_record else {}, keys)
            return [
                Kept(key, listed[key].stored_at, record, tuple(listed[key].arrivals))
                for key, record in zip(keys, records, strict=True)
            ]

    def _replay(self, kept: Kept) -> Replayed:
        if not kept.record:
            return Replayed(kept.key, "unreadable", kept.reason)
        try:
            answer = self._invoke(kept.key)
            if answer["outcome"] == "accepted":
                self.delete(kept.key)
        except (BotoCoreError, ClientError) as error:
            return Replayed(kept.key, "failed", str(error))
        named, reason = answer.get("field"), answer.get("reason")
        return Replayed(
            kept.key, answer["outcome"], f"{named}: {reason}" if named else reason, tuple(answer.get("event_ids", ()))
        )

    def _invoke(self, key: str) -> dict[str, Any]:
        prefix = key.partition("/")[0]
        if prefix not in self._installation.deployed.functions:
            return {"outcome": "failed", "reason": f"the function of {prefix} is not deployed"}
        answer = invoke(self._installation, prefix, {"replay": {"key": key}})
        if answer is None or "outcome" not in answer:  # it ended by an error, or is too old to know of replays
            return {"outcome": "failed", "reason": f"the function of {prefix} could not replay it; its log says why"}
        return answer

    def delete(self, key: str) -> None:
        """Delete the record first: a body alone is what an unacknowledged request leaves, and does no harm."""
        arrivals = (item["Key"] for item in self._objects(f"{key}/arrivals/"))
        for name in (key + _RECORD, *arrivals, key + _BODY):
            self._s3.delete_object(Bucket=self._bucket, Key=name)

    def _record(self, key: str) -> dict[str, Any]:
        try:
            record: Any = json.loads(self._s3.get_object(Bucket=self._bucket, Key=key + _RECORD)["Body"].read())
        except (ValueError, self._s3.exceptions.NoSuchKey):  # damaged, or gone since
            return {}
        return record if isinstance(record, dict) else {}


def _stock(listed: _Listed) -> Stock:
    keys = sorted((key, each.has_record, len(each.arrivals)) for key, each in listed.items())
    return Stock(len(listed), hashlib.sha256(repr(keys).encode()).hexdigest())
