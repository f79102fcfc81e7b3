"""Whether what a version publishes can break somebody who reads by the schemas of the version before.

The rules are those of schemas/README.md. What a schema says and this module doesn't know counts as a change that
breaks: better to look at it than to let it pass.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_FREE = {"title", "description", "default", "$schema", "$defs", "examples"}  # no reader's code depends on them
_CHECKED = {"type", "properties", "required", "items", "additionalProperties", "anyOf", "enum", "const", "$ref"}


def breaks(old: Json, new: Json) -> list[str]:
    """Return every way in which events by the new schema may break a reader of the old one; none if it is
    compatible.
    """
    return list(_breaks(_Schema(old, old), _Schema(new, new), "$"))


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


class _Schema:
    """A part of a schema, with the whole that its references lead into."""

    def __init__(self, part: Json, whole: Json) -> None:
        while "$ref" in part:
            part = whole["$defs"][part["$ref"].removeprefix("#/$defs/")]
        self.part = part
        self.whole = whole

    def at(self, part: Any) -> "_Schema":
        """Return a part of this part. `true` says nothing, as `{}` does."""
        return _Schema(part if isinstance(part, dict) else {}, self.whole)

    @property
    def alternatives(self) -> list["_Schema"]:
        """Gives the schemas of which one holds; itself, where there is no choice."""
        return [each for part in self.part.get("anyOf", ()) for each in self.at(part).alternatives] or [self]

    @property
    def kind(self) -> str:
        """Gives a word for what it describes."""
        return str(self.part.get("type", "anything"))


def _breaks(old: _Schema, new: _Schema, path: str) -> Iterator[str]:
    for each in new.alternatives:
        same_kind = [other for other in old.alternatives if other.kind in {each.kind, "anything"}]
        found = [list(_of_one_kind(other, each, path)) for other in same_kind]
        if not found:
            yield f"{path} may be {each.kind}, which it never was"
        elif all(found):
            yield from min(found, key=len)


def _of_one_kind(old: _Schema, new: _Schema, path: str) -> Iterator[str]:
    before, after = old.part, new.part
    for keyword in sorted((before.keys() | after.keys()) - _FREE - _CHECKED):
        if keyword in before and before[keyword] != after.get(keyword):
            yield f"{path}: {keyword} was {before[keyword]!r}, and is {after.get(keyword)!r}"
    if _values(before) is not None and _values(before) != _values(after):
        yield f"{path}: values were {_values(before)}, and are {_values(after)}"
    if "items" in before:
        yield from _breaks(old.at(before["items"]), new.at(after.get("items", {})), f"{path}[]")
    if before.get("additionalProperties") is False and after.get("additionalProperties") is not False:
        yield f"{path} had no further fields, and may have some"
    if isinstance(before.get("additionalProperties"), dict):
        inner = after.get("additionalProperties", {})
        yield from _breaks(old.at(before["additionalProperties"]), new.at(inner), f"{path}.*")
    yield from _of_fields(old, new, path)


def _of_fields(old: _Schema, new: _Schema, path: str) -> Iterator[str]:
    fields = new.part.get("properties", {})
    for name in sorted(set(old.part.get("required", ())) - set(new.part.get("required", ()))):
        yield f"{path}.{name} was always there, and may be missing"
    for name, field in old.part.get("properties", {}).items():
        if name not in fields:
            yield f"{path}.{name} is gone"
        else:
            yield from _breaks(old.at(field), new.at(fields[name]), f"{path}.{name}")


def _values(part: Json) -> list[Any] | None:
    return [part["const"]] if "const" in part else sorted(part["enum"], key=repr) if "enum" in part else None
