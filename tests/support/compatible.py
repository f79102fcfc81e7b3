"""Whether what a version publishes can break somebody who reads by the schemas of the version before.

The rules are those of schemas/README.md. What a schema says and this module doesn't know counts as a change that
breaks: better to look at it than to let it pass.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_FREE = {"title", "description", "default", "$schema", "$defs", "examples"}  # no reader's code depends on them
_CHECKED = {"type", "properties", "required", "items", "additionalProperties", "anyOf", "enum", "const"}


def breaks(old: Json, new: Json) -> list[str]:
    """Return every way in which events by the new schema may break a reader of the old; none if it is compatible."""
    return list(_breaks(_inlined(old, old), _inlined(new, new), "$"))


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


def _inlined(part: Any, whole: Json) -> Any:
    """Return a part of a schema with what its references lead to in their place."""
    match part:
        case {"$ref": str(reference)}:
            return _inlined(whole["$defs"][reference.removeprefix("#/$defs/")], whole)
        case dict():
            return {key: _inlined(each, whole) for key, each in part.items() if key != "$defs"}
        case list():
            return [_inlined(each, whole) for each in part]
    return part


def _breaks(old: Any, new: Any, path: str) -> Iterator[str]:
    for each in _alternatives(new):
        kind = each.get("type", "anything")
        same_kind = [other for other in _alternatives(old) if other.get("type", kind) == kind]
        found = [list(_of_one_kind(other, each, path)) for other in same_kind]
        if not found:
            yield f"{path} may be {kind}, which it never was"
        elif all(found):
            yield from min(found, key=len)


def _alternatives(schema: Any) -> list[Json]:
    """Return the schemas of which one holds; `true` says nothing, as `{}` does."""
    schema = schema if isinstance(schema, dict) else {}
    return [each for part in schema.get("anyOf", ()) for each in _alternatives(part)] or [schema]


def _of_one_kind(old: Json, new: Json, path: str) -> Iterator[str]:
    for keyword in sorted(old.keys() - _FREE - _CHECKED):
        if old[keyword] != new.get(keyword):
            yield f"{path}: {keyword} was {old[keyword]!r}, and is {new.get(keyword)!r}"
    if _values(old) is not None and _values(old) != _values(new):
        yield f"{path}: values were {_values(old)}, and are {_values(new)}"
    if "items" in old:
        yield from _breaks(old["items"], new.get("items"), f"{path}[]")
    further = new.get("additionalProperties")
    match old.get("additionalProperties"):
        case False if further is not False:
            yield f"{path} had no further fields, and may have some"
        case dict() as before:
            yield from _breaks(before, further, f"{path}.*")
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        yield f"{path}.{name} was always there, and may be missing"
    fields = new.get("properties", {})
    for name, field in old.get("properties", {}).items():
        if name in fields:
            yield from _breaks(field, fields[name], f"{path}.{name}")
        else:
            yield f"{path}.{name} is gone"


def _values(part: Json) -> list[Any] | None:
    return [part["const"]] if "const" in part else sorted(part["enum"], key=repr) if "enum" in part else None
