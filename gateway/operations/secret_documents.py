"""The document of secrets in a provider's parameter, as docs/providers/README.md describes it: what is wrong with one,
and how a secret is put into force and taken out of it. The newest of each kind comes first.
"""

import ipaddress
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import GatewayError

Document = Mapping[str, Any]

# What each provider can sign in by, its usual kind first.
KINDS = {
    "8x8": ("authorization", "oauth2"),
    "url-networks": ("path_secret",),
    "agile-telecom": ("path_secret",),
    "sinch": ("basic", "hmac", "oauth2", "header"),
}
_LISTS = ("basic", "authorization", "header", "hmac", "path_secret")
_ONE_HEADER = {"basic", "authorization", "oauth2"}
_AS_THEY_ARE = ("authorization", "header")  # of what is sent in a header, what isn't encoded for it
_OTHERS = {"oauth2", "require", "source_ips", "authentication"}
_NOT_CARRIED = "no header is sure to carry anything else"
_GENERATED_BYTES = 32


def generated() -> str:
    """Gives a new secret that fits every kind: 43 letters, digits, hyphens and underscores."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def entry(kind: str, value: str, name: str) -> Any:
    """Gives a secret as the lists hold it; `name` is the user's, the client's or the header's, where there is one.

    Raises GatewayError for a secret that no header is sure to carry.
    """
    if kind in _AS_THEY_ARE and not _is_carried(value):
        raise GatewayError(f"This secret is not printable ASCII, and {_NOT_CARRIED}")
    match kind:
        case "basic":
            return {"username": name, "password": value}
        case "header":
            return {"name": name, "value": value}
        case "oauth2":
            return {"client_id": name, "client_secret": value}
        case _:
            return value


def in_force(document: Document, kind: str) -> list[Any]:
    """Gives the secrets of a kind, the newest first; of `oauth2` its clients."""
    held = document.get(kind)
    found = held.get("clients") if isinstance(held, dict) else held
    return found if isinstance(found, list) else []


def kinds_in(document: Document) -> list[str]:
    """Gives the kinds of secrets that a document holds."""
    return [kind for kind in (*_LISTS, "oauth2") if in_force(document, kind)]


def with_entries(document: Document, kind: str, entries: list[Any]) -> dict[str, Any]:
    """Gives the document with other secrets of a kind; a first client of `oauth2` gets a key to sign tokens by."""
    if kind != "oauth2":
        return {**document, kind: entries}
    held = document.get(kind)
    keys = held.get("signing_keys") if isinstance(held, dict) else None
    return {**document, kind: {"clients": entries, "signing_keys": keys or [generated()]}}


def replaced(document: Document, kind: str, new: Any) -> dict[str, Any]:
    """Gives the document with this secret as the only one of its kind: no authentication is none any more."""
    return with_entries({name: held for name, held in document.items() if name != "authentication"}, kind, [new])


def faults_of(document: Any, provider: str | None = None) -> list[str]:
    """Gives what is wrong with a document, in words without any secret; nothing where the gateway will accept it."""
    if not isinstance(document, dict):
        return ["not a JSON object"]
    faults = [f"{name}: unknown; known are {', '.join((*_LISTS, *sorted(_OTHERS)))}" for name in _unknown(document)]
    for kind in _LISTS:
        faults += _faults_of_list(document.get(kind, []), kind, _ENTRIES[kind])
    if document.get("oauth2") is not None:
        faults += _faults_of_oauth2(document["oauth2"])
    if document.get("authentication") not in {None, "none"}:
        faults.append('authentication: "none" or nothing')
    if "source_ips" in document:
        faults += _faults_of_list(document["source_ips"], "source_ips", _is_network, empty=False)
    return faults or _faults_between(document, KINDS.get(provider or "", ()))


def warnings_of(document: Document) -> list[str]:
    """Gives what the gateway accepts in a sound document, and nobody should leave like that."""
    if document.get("authentication") == "none" and "source_ips" not in document:
        return ["authentication is none: anyone who knows the URL is let in"]
    return [f"{kind}: a secret is not printable ASCII, and {_NOT_CARRIED}" for kind in unsendable(document)]


def unsendable(document: Document) -> list[str]:
    """Gives the kinds of which a sound document holds a secret that no header is sure to carry."""
    values = {
        kind: [each["value"] if isinstance(each, dict) else each for each in in_force(document, kind)]
        for kind in _AS_THEY_ARE
    }
    return [kind for kind, held in values.items() if not all(map(_is_carried, held))]


def _is_carried(value: str) -> bool:
    return bool(re.fullmatch(r"[\t -~]*", value.strip()))


def _unknown(document: Document) -> list[str]:
    return [name for name in document if name not in {*_LISTS, *_OTHERS}]


def _faults_of_list(value: Any, place: str, is_right: Callable[[Any], bool], *, empty: bool = True) -> list[str]:
    if not isinstance(value, list) or (not value and not empty):
        return [f"{place}: not a list" + ("" if empty else " with something in it")]
    return [f"{place}.{at}: not {_SHAPES[place]}" for at, each in enumerate(value) if not is_right(each)]


def _faults_of_oauth2(value: Any) -> list[str]:
    if not isinstance(value, dict) or value.keys() != {"clients", "signing_keys"}:
        return [f"oauth2: not {_SHAPES['oauth2']}"]
    return _faults_of_list(value["clients"], "oauth2.clients", _is_client, empty=False) + _faults_of_list(
        value["signing_keys"], "oauth2.signing_keys", lambda key: isinstance(key, str) and len(key) >= 32, empty=False
    )


def _faults_between(document: Document, offered: tuple[str, ...]) -> list[str]:
    """What only shows when the parts are seen together; each of them is right by itself."""
    held = kinds_in(document)
    if document.get("authentication") == "none":
        return ["authentication none contradicts the secrets beside it"] if held or "require" in document else []
    if "require" in document:
        return _faults_of_require(document["require"], held, offered)
    known = [kind for kind in held if kind in offered] if offered else held
    return [] if known else [f"no secret that this provider can sign in by ({' or '.join(offered or _LISTS)})"]


def _faults_of_require(value: Any, held: list[str], offered: tuple[str, ...]) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        return ['require: not a list such as ["hmac+basic"]']
    faults = []
    for combination in value:
        names = [name.strip() for name in combination.split("+")]
        faults += [f"require asks for {name}, but there is no secret for it" for name in names if name not in held]
        if offered:
            faults += [
                f"require asks for {name}, which this provider can't do" for name in names if name not in offered
            ]
        if len(_ONE_HEADER.intersection(names)) > 1:
            faults.append(f"require asks for {combination}, which need one header for themselves each")
    return faults


def _is_text(value: Any, pattern: str = r"(?s).+") -> bool:
    return isinstance(value, str) and bool(re.fullmatch(pattern, value))


def _is_object(value: Any, patterns: dict[str, str]) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == patterns.keys()
        and all(_is_text(value[name], pattern) for name, pattern in patterns.items())
    )


def _is_client(value: Any) -> bool:
    return _is_object(value, {"client_id": r"[!-9;-~]+", "client_secret": r"[ -~]+"})


def _is_network(value: Any) -> bool:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        return False
    return isinstance(value, str)


_ENTRIES: dict[str, Callable[[Any], bool]] = {
    "basic": lambda it: _is_object(it, {"username": r"[^:]+", "password": r"(?s).+"}),
    "authorization": lambda it: _is_text(it) and bool(it.strip()),
    "header": lambda it: _is_object(it, {"name": r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "value": r"(?s).*\S.*"}),
    "hmac": _is_text,
    "path_secret": lambda it: _is_text(it, r"[A-Za-z0-9._~-]{16,}"),
}
_SHAPES = {
    "basic": "a username (without colon) and a password",
    "authorization": "the whole value of an Authorization header",
    "header": "a name and a value of a header",
    "hmac": "a text",
    "path_secret": "at least 16 letters, digits or . _ ~ -",
    "oauth2": "clients and signing_keys",
    "oauth2.clients": "a client_id (no space, no colon) and a client_secret (ASCII)",
    "oauth2.signing_keys": "a text of at least 32 characters",
    "source_ips": "an address or a network such as 198.51.100.0/24",
}


def require_sound(document: Document, provider: str) -> None:
    """Raises GatewayError where the gateway would not accept a document."""
    if faults := faults_of(document, provider):
        raise GatewayError(f"The gateway would refuse these secrets: {'; '.join(faults)}")
