"""Reads bytes that are nearly UTF-8, or not at all. Imported where it is needed: few requests do."""

import codecs
import re

_SEQUENCE = (  # Unicode 16, table 3-7
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_PIECE = re.compile(
    rb"(?P<ascii>[\x00-\x7f]+)|(?P<character>" + _SEQUENCE + rb")"
    rb"|(?P<pair>\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf])"  # CESU-8
    rb"|(?P<surrogate>\xed[\xa0-\xbf][\x80-\xbf])"
    rb"|(?P<cut>(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z)"
    rb"|(?P<stray>[\x80-\xff])"
)
_CUT_EMOJI = re.compile(rb"\xf0\x9f[\x80-\xbf]?\Z")  # no word ends like that in Latin-1, as "però…" does otherwise


def _as_control_characters(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that are undefined in the fallback charset as Latin-1, as browsers do, so that none is lost."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_KEEP_BYTES = "inbound-sms-keep-bytes"
codecs.register_error(_KEEP_BYTES, _as_control_characters)


def decode_other(data: bytes, charset: str) -> str:
    """Decode bytes that are not UTF-8: by `charset`, or, if they are mostly UTF-8, by it just what is not."""
    return _repaired(data, charset) if _is_mostly_utf8(data) else data.decode(charset, _KEEP_BYTES)


def _is_mostly_utf8(data: bytes) -> bool:
    """Return whether more characters are valid UTF-8 than bytes are not.

    A lone first byte of a character proves nothing at the end: "perché" in Latin-1 ends with one.
    """
    kinds = [piece.lastgroup for piece in _PIECE.finditer(data) if piece.lastgroup != "ascii"]
    return len(kinds) - kinds.count("cut") > 2 * kinds.count("stray") or _CUT_EMOJI.search(data) is not None


def _repaired(data: bytes, charset: str) -> str:
    return "".join(_decoded(piece, charset) for piece in _PIECE.finditer(data))


def _decoded(piece: re.Match[bytes], charset: str) -> str:
    match piece.lastgroup:
        case "pair":
            return piece[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        case "surrogate" | "cut":
            return "\ufffd"
        case "stray":
            return piece[0].decode(charset, _KEEP_BYTES)
    return piece[0].decode()
