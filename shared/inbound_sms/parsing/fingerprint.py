"""The fingerprint of an event: it differs if what was sent under the same id differs."""

from typing import Any
from urllib.parse import urlsplit

from pydantic_core import to_json

from inbound_sms.events import ConsentChange, Data, DeliveryReport, LinkClick, Message, SurveyAnswers
from inbound_sms.parsing.hashing import hash_of

# What a provider's retries repeat, however they arrive: times, prices and counts of parts may be added later.
_CONTENT: dict[type[Data], tuple[str, ...]] = {
    Message: (
        *("account", "message_id", "sender", "recipient", "text", "binary", "udh", "title", "media"),
        "client_reference",
    ),
    DeliveryReport: (
        *("account", "message_id", "batch_id", "client_reference", "client_batch_reference", "channel", "sender"),
        *("recipient", "status", "provider_status", "provider_code", "description", "counts", "total"),
    ),
    LinkClick: ("account", "message_id", "recipient", "short_url", "target_url"),
    ConsentChange: ("account", "message_id", "sender", "recipient", "consent", "provider_status", "provider_code"),
    SurveyAnswers: ("account", "message_id", "survey_id", "variables", "answers"),
}


def fingerprint_of(data: Data, *, whole_payload: bool) -> str:
    """Return a hash over the content of an event; over its provider's payload, too, if `whole_payload`.

    That is for an id of the gateway's own making, which covers just what identifies the event.
    """
    content = {name: getattr(data, name) for name in _CONTENT.get(type(data), ())}
    if content.get("media"):  # some providers sign the query of its URLs anew for each try
        content["media"] = [each.model_copy(update={"url": _without_query(each.url)}) for each in content["media"]]
    parts = [data.TYPE.encode(), _json(content)]
    return hash_of(*parts, *([_json(data.provider_payload)] if whole_payload else []))


def _without_query(url: str | None) -> str | None:
    try:
        return urlsplit(url)._replace(query="", fragment="").geturl() if url else url
    except ValueError:
        return url


def _json(value: Any) -> bytes:
    return to_json(value, inf_nan_mode="strings")
