"""Joins the events of parts into one event."""

import json
from collections.abc import Mapping
from typing import Any

from inbound_sms.events import escaped
from inbound_sms.joining.content import joined_content
from inbound_sms.joining.group import Group
from inbound_sms.joining.part import Part
from inbound_sms.parsing.hashing import hash_of
from inbound_sms.publishing.publisher import Notification
from inbound_sms.publishing.queued import read_event

_OF_ONE_PART = ("message_id", "udh", "concatenation", "price", "provider_payload")


def joined_event(group: Group, owner: Part) -> Notification:
    """Return the event of the parts that were collected, which is published under the claim of the group's owner.

    Its id is made of theirs: no more may come in, so it is the same however often this is done. What isn't content is
    taken from the first part that is there.
    """
    events = {number: json.loads(body) for number, body in group.bodies.items()}
    parts, total = {number: event["data"] for number, event in events.items()}, owner.total
    event = next(iter(events.values()))
    data = {
        **event["data"],
        **dict.fromkeys(_OF_ONE_PART),
        **joined_content(parts),
        "segments": total,
        "media": [media for part in parts.values() for media in part.get("media", [])],
        "fingerprint": hash_of(*(part.get("fingerprint", "").encode() for part in parts.values())),
        "parts": [_part(number, each) for number, each in events.items()],
    }
    data.pop("provider_payload_ref", None)
    data |= _consent(data, parts)
    if len(parts) < total:
        before = group.supplemented()
        missing = before.missing if before else range(1, total + 1)
        data |= {"incomplete": True, "missing_parts": [number for number in missing if number not in parts]}
        if before:
            data["supplements"] = before.event_id
    ids = (f"{number}:{each['id']}".encode() for number, each in events.items())
    joined = {**event, "id": f"{data['provider']}/parts:{hash_of(*ids)}", "data": data}
    body = escaped(json.dumps(joined, ensure_ascii=False, separators=(",", ":")))
    return Notification(read_event(body), body, owner.event)


def _part(number: int, event: Mapping[str, Any]) -> dict[str, Any]:
    data = event["data"]
    part = {"part": number, "id": event["id"], "message_id": data.get("message_id"), "delivery_id": data["delivery_id"]}
    part |= {name: data[name] for name in ("provider_payload", "provider_payload_ref") if name in data}
    return part


def _consent(joined: Mapping[str, Any], parts: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the person says about being texted: a provider's verdict, or a keyword that is all there is."""
    said = [(part["consent"], part.get("text")) for part in parts.values() if part.get("consent")]
    decided = [consent for consent, text in said if consent["decided_by"] == "provider" or text == joined["text"]]
    consent = decided[-1] if decided else None
    return {"consent": consent, "opt_out": bool(consent and consent["action"] == "opt_out")}
