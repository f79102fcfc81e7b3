"""The document of secrets in a provider's parameter, as docs/providers.md describes it: what is wrong with one, and how
a secret is put into force and taken out of it. The newest of each kind comes first.
"""

import json
import re
import secrets
from typing import Any

from pydantic import ValidationError

from gateway.errors import WrongUsage
from gateway.simulator import KINDS, Document, credential, senders
from inbound_sms.auth import Secrets

_AS_THEY_ARE = ("authorization", "header")  # of what is sent in a header, what isn't encoded for it
_NOT_CARRIED = "no header is sure to carry anything else"
_GENERATED_BYTES = 32


def generated() -> str:
    """Return a new secret that fits every kind: 43 letters, digits, hyphens and underscores."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def kinds_of(provider: str) -> tuple[str, ...]:
    """Return the kinds of secrets that a provider can authenticate by, its usual one first; none of an unknown one."""
    sender = senders().get(provider)
    return sender.secrets if sender else ()


def entry(kind: str, value: str, name: str) -> Any:
    """Return a secret as the lists hold it; `name` is the user's, the client's or the header's, where there is one.

    Raises GatewayError for a secret that no header is sure to carry.
    """
    if kind in _AS_THEY_ARE and not _is_carried(value):
        raise WrongUsage(f"This secret is not printable ASCII, and {_NOT_CARRIED}")
    return credential(kind, value, name)


def in_force(document: Document, kind: str) -> list[Any]:
    """Return the secrets of a kind, the newest first; of `oauth2` its clients."""
    held = document.get(kind)
    found = held.get("clients") if isinstance(held, dict) else held
    return found if isinstance(found, list) else []


def value_in(held: Any) -> str:
    """Return the secret itself of what the lists hold: without the name that goes with it."""
    if not isinstance(held, dict):
        return str(held)
    return str(next(held[name] for name in ("password", "client_secret", "value") if name in held))


def kinds_in(document: Document) -> list[str]:
    """Return the kinds of secrets that a document holds."""
    return [kind for kind in KINDS if in_force(document, kind)]


def with_entries(document: Document, kind: str, entries: list[Any]) -> dict[str, Any]:
    """Return the document with other secrets of a kind; a first client of `oauth2` gets a key to sign tokens by."""
    if kind != "oauth2":
        return {**document, kind: entries}
    held = document.get(kind)
    keys = held.get("signing_keys") if isinstance(held, dict) else None
    return {**document, kind: {"clients": entries, "signing_keys": keys or [generated()]}}


def replaced(document: Document, kind: str, new: Any) -> dict[str, Any]:
    """Return the document with this secret as the only one of its kind: no authentication is none any more."""
    return with_entries({name: held for name, held in document.items() if name != "authentication"}, kind, [new])


def faults_of(document: Any, provider: str | None = None) -> list[str]:
    """Return what is wrong with a document, in words without any secret; nothing where the gateway will accept it."""
    if not isinstance(document, dict):
        return ["not a JSON object"]
    try:
        held = Secrets.model_validate_json(json.dumps(document))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        return [_in_words(fault) for fault in found if not _follows(fault, found)]
    parts = {f"accounts.{account}: ": part for account, part in held.accounts.items()}
    if not parts or held.model_fields_set - {"accounts"}:
        parts[""] = held
    offered = kinds_of(provider or "")
    return [place + fault for place, part in parts.items() for fault in _faults_for(part, offered)]


def _faults_for(held: Secrets, offered: tuple[str, ...]) -> list[str]:
    """Return what keeps a provider from authenticating by sound secrets; an unknown one is taken to offer all kinds."""
    if held.authentication == "none":
        return []
    if held.require:
        names = dict.fromkeys(name for combination in held.require for name in combination)
        return [
            f"require asks for {name}, which this provider can't do"
            for name in names
            if offered and name.partition(":")[0] not in offered
        ]
    if any(map(held.holds, offered or KINDS)):
        return []
    return [f"no secret that this provider can authenticate by ({' or '.join(offered or KINDS)})"]


_HINTS = {
    "username": "empty, or with a colon in it",
    "name": "not the name of a header",
    "client_id": "empty, or with a space or a colon in it, or not ASCII",
    "client_secret": "empty, or not ASCII",
    "path_secret": "not only letters, digits and . _ ~ -",
    "sns_topic": "not the ARN of an SNS topic",
    "require": f"not {', '.join(KINDS)} or header:<name>",
}


def _follows(fault: Any, found: list[Any]) -> bool:
    """Whether a list is called too short only because something in it is wrong."""
    place = fault["loc"]
    return fault["type"] == "too_short" and any(place == it["loc"][: len(place)] != it["loc"] for it in found)


def _in_words(fault: Any) -> str:
    """Say what pydantic found, and where; never what stands there."""
    place = ".".join(map(str, fault["loc"]))
    context = fault.get("ctx", {})
    match fault["type"]:
        case "extra_forbidden":
            what = "unknown" + (f"; known are {', '.join(Secrets.model_fields)}" if len(fault["loc"]) == 1 else "")
        case "missing":
            what = "missing"
        case "tuple_type":
            what = "not a list"
        case "model_type" | "dict_type" | "model_attributes_type":
            what = "not an object"
        case "string_type":
            what = "not a string"
        case "too_short":
            what = "an empty list"
        case "string_too_short":
            what = f"not at least {context['min_length']} characters" if context["min_length"] > 1 else "empty"
        case "string_pattern_mismatch":
            what = next((_HINTS[name] for name in reversed(fault["loc"]) if name in _HINTS), "not in the right form")
        case "literal_error":
            what = f"not {context['expected']}"
        case _:
            what = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {what}" if place else what


def warnings_of(document: Document) -> list[str]:
    """Return what the gateway accepts in a sound document, and nobody should leave like that."""
    if document.get("authentication") == "none" and "source_ips" not in document:
        return ["authentication is none: anyone who knows the URL is let in"]
    return [f"{kind}: a secret is not printable ASCII, and {_NOT_CARRIED}" for kind in unsendable(document)]


def unsendable(document: Document) -> list[str]:
    """Return the kinds of which a sound document holds a secret that no header is sure to carry."""
    values = {
        kind: [each["value"] if isinstance(each, dict) else each for each in in_force(document, kind)]
        for kind in _AS_THEY_ARE
    }
    return [kind for kind, held in values.items() if not all(map(_is_carried, held))]


def _is_carried(value: str) -> bool:
    return bool(re.fullmatch(r"[\t -~]*", value.strip()))


def require_sound(document: Document, provider: str) -> None:
    """Raise GatewayError where the gateway would not accept a document."""
    if faults := faults_of(document, provider):
        raise WrongUsage(f"The gateway would refuse these secrets: {'; '.join(faults)}")
