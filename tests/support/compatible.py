"""Whether what a version publishes can break somebody who reads by the schemas of the version before.

The rules are those of schemas/README.md. A schema is taken apart into facts about places. What it says and this module
doesn't know is a fact, too: better to look at its change than to let it pass.
"""

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

_FREE = {"title", "description", "default", "$schema", "$defs", "examples"}  # no reader's code depends on them
_TAKEN_APART = {"type", "properties", "required", "items", "additionalProperties", "anyOf"}


def breaks(old: Json, new: Json) -> list[str]:
    """Return every way in which events by the new schema may break a reader of the old; none if it is compatible.

    At a place that the old one knows there may be no value of a new type, and all that was said of it still holds.
    """
    before, after = (list(_places(each, each)) for each in (old, new))
    types, types_now = ({(place, each.get("type", "anything")) for place, each in found} for found in (before, after))
    strict = {place for place, _ in types} - {place for place, type_ in types if type_ == "anything"}
    added = {f"{place} may be {type_}, which it never was" for place, type_ in types_now - types if place in strict}
    return sorted(added | _facts(before) - _facts(after))


def topic_breaks(old: Json, new: Json) -> list[str]:
    """Return the same for two AsyncAPI documents: what moved to another topic, and attributes that are gone."""
    gone = (
        f"{name} is not on the topic {topic} any more"
        for topic, channel in old["channels"].items()
        for name in channel["messages"]
        if name not in new["channels"].get(topic, {"messages": ()})["messages"]
    )
    attributes = (document["components"]["schemas"]["Attributes"] for document in (old, new))
    return [*gone, *breaks(*attributes)]


def _places(part: Any, whole: Json, place: str = "$") -> Iterator[tuple[str, Json]]:
    """Yield each place in an event with each of the schemas of which one holds there."""
    for each in _alternatives(part, whole):
        yield place, each
        for name, field in each.get("properties", {}).items():
            yield from _places(field, whole, f"{place}.{name}")
        if each.get("type") == "array":
            yield from _places(each.get("items", True), whole, f"{place}[]")
        if each.get("type") == "object":
            yield from _places(each.get("additionalProperties", True), whole, f"{place}.*")


def _alternatives(part: Any, whole: Json) -> list[Json]:
    match part:
        case bool():
            return [{}] if part else [{"type": "nothing"}]
        case {"$ref": str(reference)}:
            return _alternatives(whole["$defs"][reference.removeprefix("#/$defs/")], whole)
    return [each for one in part.get("anyOf", ()) for each in _alternatives(one, whole)] or [part]


def _facts(places: Iterable[tuple[str, Json]]) -> set[str]:
    """Return what a reader may rely on besides the types, in the words for when it holds no more."""
    facts = set()
    for place, each in places:
        facts |= {f"{place}.{name} is gone" for name in each.get("properties", ())}
        facts |= {f"{place}.{name} may be missing" for name in each.get("required", ())}
        facts |= {f"{place}: {keyword} was {each[keyword]}" for keyword in each.keys() - _FREE - _TAKEN_APART}
    return facts
