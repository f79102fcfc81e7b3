"""What becomes of a provider's samples: samples/expected.toml, completed to whole events.

The file says only what differs from an ordinary event. The rest follows from it by the rules here, which share no code
with the gateway: null fields, source, subject, time, and the payload as it was posted. Of a batch, `items` names the
array whose items are the payloads of its events ("" if the body is that array); `item` of an event is which one, where
several are made of one.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from gateway.simulator.formats import BY_ENDING, FORM, JSON, Format

Json = dict[str, Any]
Answer = tuple[int, str, str]

_SCHEMAS = Path(__file__).parents[2] / "schemas"
_TYPES = {
    "message": "message.received", "report": "delivery.reported", "click": "link.clicked",
    "consent": "consent.changed", "survey": "survey.answered", "unknown": "unknown",
}  # fmt: skip
_USUAL: dict[str, Json] = {"message": {"opt_out": False}, "consent": {"opt_out": True}}  # has no default in the schema
_ONLY_IF_LARGE_OR_JOINED = {"provider_payload_ref", "parts", "incomplete", "missing_parts", "supplements"}
_TIMES = ("provider_received_at", "reported_at", "clicked_at", "submitted_at")
_WITHIN = {"media": "Media", "consent": "Consent", "answers": "SurveyAnswer", "price": "Price"}  # as schemas name them
_OF_THE_REQUEST = ("body", "content_type", "method", "path", "query", "answer", "events", "identified_by", "items")
_OF_THE_EVENT = ("type", "id", "time", "payload", "item")


@dataclass(frozen=True)
class Sample:
    """A request that the provider documents, and the events that become of it.

    `path` is the file; `url` the path below the main URL of the webhook; `answer` what the provider gets: "accepted"
    (or "accepted_...", if it wants another answer to some kind of request), or "quarantined" or "ignored", of which no
    event becomes. What differs in a field of `identified_by` (`payload.umid`) is another event.
    """

    name: str
    path: str
    body: bytes
    content_type: str
    method: str
    url: str
    query: str
    answer: str
    identified_by: tuple[str, ...]
    events: tuple[Json, ...]

    def expected(self, actual: Sequence[Json]) -> list[Json]:
        """Return the whole events, with what differs in every run taken from the actual ones."""
        assert len(actual) == len(self.events)
        own = [{name: each["data"][name] for name in ("received_at", "delivery_id", "fingerprint")} for each in actual]
        return [completed(event, **each) for event, each in zip(self.events, own, strict=True)]


@dataclass(frozen=True)
class Expected:
    """What a provider's expected.toml says: its samples, why others are not posted, and the exact answers.

    `may_differ` names the fields of its payloads in which two tries of the same event may differ, with the reason.
    `vectors` says where things stand in its signature_vectors.json: which field of a vector is the secret, which the
    time, and which goes into which header (`{...}` in a longer value) or field of the form; of each of its lists for
    itself, where they differ. The time may stand inside the parameters (`params.timestamp`), or in a JWT.
    """

    samples: tuple[Sample, ...] = ()
    not_posted: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, Answer], ...] = ()
    vectors: Json = field(default_factory=dict)
    may_differ: tuple[str, ...] = ()

    @property
    def unsigned(self) -> int:
        """The status of the answer to a request without any credentials: 401, unless the provider has its own."""
        return dict(self.answers).get("unsigned", (401, "", ""))[0]

    def answer(self, situation: str) -> Answer:
        return dict(self.answers)[situation]

    def sample(self, name: str) -> Sample:
        return next(sample for sample in self.samples if sample.name == name)


def load(folder: Path, provider: str, authenticated_by: str) -> Expected:
    """Read a provider's expected.toml; its folder of samples is given."""
    tables: Json = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    answers, vectors, may_differ = (tables.pop(name, {}) for name in ("answers", "vectors", "may_differ"))
    samples, not_posted = [], []
    for name, table in tables.items():
        said = _inherited(table, tables)
        if why := said.get("not_posted"):
            not_posted.append((name, why))
        else:
            samples.append(_sample(folder, name, said, provider, authenticated_by))
    heard = tuple((situation, tuple(answer)) for situation, answer in answers.items())
    return Expected(tuple(samples), tuple(not_posted), heard, vectors, tuple(may_differ))


def _inherited(table: Json, tables: Json) -> Json:
    said = dict(table)
    if base := said.pop("like", None):
        inherited = _inherited(tables[base], tables)
        inherited.pop("identified_by", None)
        return inherited | said
    return said


def _sample(folder: Path, name: str, said: Json, provider: str, authenticated_by: str) -> Sample:
    path = name.partition("#")[0]
    content = said["body"].encode() if "body" in said else (folder / path).read_bytes()
    form = BY_ENDING.get(Path(path).suffix, Format(bytes, bytes))
    is_query = form.method == "GET"
    request: Json = {
        "body": b"" if is_query else content,
        "content_type": said.get("content_type", form.content_type),
        "method": said.get("method", form.method),
        "url": said.get("path", ""),
        "query": said.get("query", content.decode() if is_query else ""),
    }
    answer = said.get("answer", "accepted")
    ordinary = {name: value for name, value in said.items() if name not in _OF_THE_REQUEST}
    each = said.get("events", [{}] if answer.startswith("accepted") else [])
    payload: Any = _payload(request) if each else None
    payloads: list[Any] = [payload] * len(each)
    if "items" in said:
        payloads = payload[said["items"]] if said["items"] else payload
    events = tuple(
        _event(ordinary | own, payloads[own.get("item", position)], provider, authenticated_by)
        for position, own in enumerate(each)
    )
    return Sample(
        name=name,
        path=path,
        answer=answer,
        identified_by=tuple(said.get("identified_by", ())),
        events=events,
        **request,
    )


def _event(said: Json, payload: Any, provider: str, authenticated_by: str) -> Json:
    kind = _TYPES[said["type"]]
    nothing = _defaults(kind) | _USUAL.get(said["type"], {})
    own = {name: value for name, value in said.items() if name not in _OF_THE_EVENT}
    assert own.keys() <= nothing.keys(), f"no field of this type of event: {own.keys() - nothing.keys()}"
    data = nothing | {name: _whole(kind, name, value) for name, value in own.items()}
    subject = data.get("recipient") or {}
    account = said.get("account")
    return {
        "specversion": "1.0",
        "type": f"inbound-sms.{kind}.v1",
        "datacontenttype": "application/json",
        "id": f"{provider}/{said['id']}",
        "source": f"/inbound-sms/{provider}" + (f"/{quote(account, safe='')}" if account else ""),
        **({"subject": named} if (named := subject.get("number") or subject.get("raw")) else {}),
        "time": said.get("time", next((data[name] for name in _TIMES if data.get(name)), None)),
        "data": data | {
            "provider": provider,
            "authenticated_by": authenticated_by,
            "provider_payload": said.get("payload", payload),
        },
    }  # fmt: skip


@cache
def _defaults(kind: str, of: str = "") -> Json:
    """Return the data of a type of event (or of an object in it) where nothing is said, by its published schema."""
    schema = json.loads((_SCHEMAS / f"inbound-sms.{kind}.v1.json").read_text(encoding="utf-8"))
    name = of or schema["properties"]["data"]["$ref"].rpartition("/")[2]
    fields = schema["$defs"][name]["properties"].items()
    return {field: its.get("default") for field, its in fields if field not in _ONLY_IF_LARGE_OR_JOINED}


def _whole(kind: str, field: str, value: Any) -> Any:
    """Return a value with what is left out of it: a number that is written like it was sent, the null fields."""
    if field in ("sender", "recipient"):
        given = {"raw": value, "number": value} if isinstance(value, str) else value
        return {"raw": None, "number": None, "kind": "e164"} | given
    if field not in _WITHIN:
        return value
    nothing = _defaults(kind, _WITHIN[field])
    return [nothing | each for each in value] if isinstance(value, list) else nothing | value


def completed(event: Json, received_at: str, delivery_id: str, fingerprint: str = "") -> Json:
    """Return an event as it is queued by the delivery that came then."""
    data = event["data"] | {"received_at": received_at, "delivery_id": delivery_id, "fingerprint": fingerprint}
    trace = delivery_id.replace("-", "")  # Lambda names no other here
    made = {"time": event["time"] or received_at, "traceparent": f"00-{trace}-{trace[16:]}-00", "data": data}
    return event | made


def _payload(request: Json) -> Any:
    """Return what was posted, as a decoder of the standard library reads it; None where none does."""
    media_type = request["content_type"].partition(";")[0].strip().lower()
    if request["method"] == "GET":
        return _form(request["query"])
    if media_type == JSON:
        return json.loads(request["body"])
    if media_type == FORM:
        return _form(request["body"].decode("utf-8", "replace"))
    if media_type == "multipart/form-data":
        head = f"Content-Type: {request['content_type']}\r\n\r\n".encode()
        parts: Any = BytesParser(policy=HTTP).parsebytes(head + request["body"])
        return {part.get_param("name", header="content-disposition"): _text(part) for part in parts.iter_parts()}
    return None


def _form(encoded: str) -> Json:
    fields = parse_qs(encoded, keep_blank_values=True)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _text(part: Any) -> str:
    return str(part.get_payload(decode=True).decode(part.get_content_charset("utf-8")))
