"""Characters that a provider tore between two parts of a text: half a surrogate pair at its end, the rest in the next.

UTF-8 can't say half a pair, so the text has U+FFFD there. Which half it was is read from the request's bytes.
"""

import re
from urllib.parse import unquote_to_bytes

from inbound_sms.events import Concatenation

_REPLACEMENT = "\ufffd"
# A half by itself: escaped in JSON, or its three bytes (CESU-8). Pairs come first, so that none of them is taken apart.
_HALVES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]"
    rb"|\\u(?P<escaped>[dD][89a-fA-F][0-9a-fA-F]{2})|(?P<bytes>\xed[\xa0-\xbf][\x80-\xbf])"
)


def with_halves(place: Concatenation, text: str | None, raw: bytes) -> Concatenation:
    """Return the place of a part, with the halves that its text begins and ends with. `raw` is what was sent.

    Only where it is sure: where the request has no other half of the same kind.
    """
    if not text or _REPLACEMENT not in (text[0], text[-1]):
        return place
    halves = [_half(found) for found in _HALVES.finditer(unquote_to_bytes(raw)) if found.lastgroup]
    leading = [half for half in halves if half < "\udc00"]
    trailing = [half for half in halves if half >= "\udc00"]
    known = {}
    if text[-1] == _REPLACEMENT and len(leading) == 1:
        known["ends_with"] = f"{ord(leading[0]):04x}"
    if text[0] == _REPLACEMENT and len(trailing) == 1:
        known["begins_with"] = f"{ord(trailing[0]):04x}"
    return place.model_copy(update=known)


def _half(found: re.Match[bytes]) -> str:
    if found["escaped"]:
        return chr(int(found["escaped"], 16))
    return found["bytes"].decode("utf-8", "surrogatepass")
