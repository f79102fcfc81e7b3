"""Gets back what no webhook brought: asks a provider's own API what came in, and publishes what the gateway lacks.

The time is cut into windows, the oldest first. In each, every page is read by the provider's own function, which tells
the events' ids; what the table of claims knows is left out, and the rest is published in order once all pages are read.
So whatever is interrupted goes on where the last window ended, and may be repeated: what is known is left out.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from gateway.backfill import Api, ApiError, Backfill, Found, backfills
from gateway.errors import GatewayError, WrongUsage
from gateway.operations.claims import known_events
from gateway.operations.installation import Installation
from gateway.operations.invoking import invoke

T = TypeVar("T")

_AT_ONCE = 50  # messages in an invocation
_BYTES_AT_ONCE = 1_000_000  # Lambda takes 6 MB
_MOST_PAGES = 10_000  # of a window
_REPEATED_PAGES = 3
_MARGIN = timedelta(hours=1)  # clocks, and how long it takes
_RETENTION_DAYS = "7"  # the template's default of ClaimRetentionDays


@dataclass(frozen=True)
class Problem:
    """A message that could not be published: when it came in, and why."""

    at: datetime | None
    outcome: str
    reason: str


@dataclass
class Tally:
    """What came of it. `found` are `known`, `new` or `ignored` (what becomes no message), or have a problem."""

    found: int = 0
    known: int = 0
    new: int = 0
    ignored: int = 0
    published: int = 0
    problems: list[Problem] = field(default_factory=list)


def backfill_of(installation: Installation, provider: str) -> Backfill:
    """Return how a provider's API is asked; raise WrongUsage where it can't be."""
    installation.require(provider)
    known = backfills()
    if provider not in known:
        raise WrongUsage(
            f"{provider} has no API that lists what came in by the ids of its webhooks, or none that is known: "
            f"docs/backfill.md. These have: {', '.join(known)}"
        )
    return known[provider]


def require_remembered(installation: Installation, since: datetime) -> None:
    """Raise WrongUsage if the gateway doesn't remember any more what it published at some time."""
    days = float(installation.parameters.get("ClaimRetentionDays", _RETENTION_DAYS))
    if since < datetime.now(UTC) - timedelta(days=days) + _MARGIN:
        raise WrongUsage(
            f"What is older than {days:g} days (ClaimRetentionDays, less an hour) may have been published and be "
            "forgotten: it would come a second time. Begin later, or say --even-forgotten"
        )


def api_of(installation: Installation, provider: str, client: httpx.Client) -> Api:
    """Return a provider's API, by credentials of the environment, or else of a parameter that no function reads.

    Raises GatewayError where there are none.
    """
    backfill = backfill_of(installation, provider)
    access, source = dict(os.environ), "the environment"
    parameter = f"/inbound-sms/{installation.stage}/backfill/{provider}"
    if not any(access.get(name) for name in backfill.access):
        access, source = _kept(installation, parameter), parameter
    missing = [f"{name} ({what})" for name, what in backfill.access.items() if not access.get(name)]
    if missing:
        where = f"set them, or put them into the parameter {parameter}, a JSON object" if not access else "add them"
        raise WrongUsage(f"Not in {source}: {', '.join(missing)}. To ask the API of {provider}, {where}")
    variable, usual = backfill.url
    chosen = {name: access[name] for name in backfill.access}
    return Api(client, access.get(variable) or usual, chosen, backfill.authorization(chosen), backfill.per_second)


def _kept(installation: Installation, parameter: str) -> dict[str, str]:
    ssm = installation.client("ssm")
    try:
        value = json.loads(ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise GatewayError(f"{parameter} holds no JSON object")
    return {name: str(held) for name, held in value.items()}


@dataclass
class Backfiller:
    """Gets back what came in at or after `since` and before `until`. With `publish` false, it only looks.

    `tally` is what came of it so far, and `since` moves on with each window: an interrupted one is begun anew.
    """

    installation: Installation
    provider: str
    api: Api
    since: datetime
    until: datetime
    publish: bool
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.begun = self.since
        self._backfill = backfill_of(self.installation, self.provider)

    @property
    def windows(self) -> int:
        """How many windows are left."""
        span = self._backfill.window
        return max(0, -((_start_of(self.since, span) - self.until) // span))

    def run(self) -> Iterator[None]:
        """Yield after each window. Raises ApiError, GatewayError, or what boto3 raises."""
        while self.since < self.until:
            end = min(_start_of(self.since, self._backfill.window) + self._backfill.window, self.until)
            self._publish(self._missing(self.since, end))
            self.since = end
            yield

    def _missing(self, since: datetime, until: datetime) -> list[Found]:
        """Return what came in and is not known, the oldest first."""
        seen: set[str] = set()
        missing: list[Found] = []
        repeated = 0
        for number, page in enumerate(_as_documented(self._backfill.pages(self.api, since, until))):
            inside = [each for each in page if each.at is None or since <= each.at < until]
            before = len(seen)
            for chunk in _chunks(inside):
                missing += self._unknown(chunk, seen)
            repeated = repeated + 1 if inside and len(seen) == before else 0
            if repeated == _REPEATED_PAGES or number == _MOST_PAGES:
                raise ApiError("the API doesn't come to an end: it repeats its pages")
        return sorted(missing, key=lambda each: each.at or since)

    def _unknown(self, chunk: list[Found], seen: set[str]) -> list[Found]:
        """Return those of a few messages that are not known, nor seen on another page of this window."""
        ids: list[tuple[Found, list[str]]] = []
        for found, result in zip(chunk, self._invoked(chunk, publish=False), strict=True):
            own = result.get("event_ids") or [hashlib.sha256(found.body).hexdigest()]
            if seen.issuperset(own):
                continue
            seen.update(own)
            self.tally.found += 1
            if result["outcome"] == "ignored":
                self.tally.ignored += 1
            elif result["outcome"] == "accepted":
                ids.append((found, own))
            else:
                self._note(found, result)
        known = known_events(self.installation, [each for _, own in ids for each in own])
        unknown = [found for found, own in ids if not known.issuperset(own)]
        self.tally.known += len(ids) - len(unknown)
        self.tally.new += len(unknown)
        return unknown

    def _publish(self, missing: list[Found]) -> None:
        if not self.publish:
            return
        for part in _chunks(missing):
            chunk = list(_as_documented(_completed(part)))
            results = self._invoked(chunk, publish=True)
            self.tally.published += sum(each["outcome"] == "accepted" for each in results)
            for found, result in zip(chunk, results, strict=True):
                if result["outcome"] != "accepted":
                    self._note(found, result)

    def _invoked(self, chunk: list[Found], *, publish: bool) -> list[dict[str, Any]]:
        messages = [
            {
                "body": base64.b64encode(each.body).decode(),
                "headers": {"content-type": each.content_type},
                "at": each.at and each.at.isoformat(),
            }
            for each in chunk
        ]
        event = {"backfill": {"publish": publish, "messages": messages}}
        results = (invoke(self.installation, self.provider, event) or {}).get("results")
        if results is None:
            raise GatewayError(
                f"The function of {self.provider} gave no answer: its log says why, or it is of a version before "
                "backfills. Some may be published already: run it again, it leaves those out"
            )
        return list(results)

    def _note(self, found: Found, result: dict[str, Any]) -> None:
        """Put a problem on record; raise GatewayError if it is none of the message's, but of ours."""
        if result["outcome"] == "failed":
            raise GatewayError(f"The function of {self.provider} failed: {result.get('reason')}")
        named, reason = result.get("field"), str(result.get("reason"))
        self.tally.problems.append(Problem(found.at, result["outcome"], f"{named}: {reason}" if named else reason))


def _as_documented(listed: Iterator[T]) -> Iterator[T]:
    """Yield what the API lists; raise ApiError if it has another shape than is known."""
    try:
        yield from listed
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ApiError(f"the API's answer is not what is documented ({type(error).__name__})") from error


def _completed(found: list[Found]) -> Iterator[Found]:
    return (replace(each, body=each.complete()) if each.complete else each for each in found)


def _start_of(at: datetime, span: timedelta) -> datetime:
    """Return when the window begins that a time is in."""
    return at - (at - datetime.min.replace(tzinfo=UTC)) % span


def _chunks(found: list[Found]) -> Iterator[list[Found]]:
    chunk: list[Found] = []
    size = 0
    for each in found:
        if chunk and (len(chunk) == _AT_ONCE or size + len(each.body) > _BYTES_AT_ONCE):
            yield chunk
            chunk, size = [], 0
        chunk.append(each)
        size += len(each.body)
    if chunk:
        yield chunk
