"""Charsets, characters that AWS refuses, and opt-out words."""

import codecs
import re
from collections.abc import Collection

# Plain character sets only: Python also has codecs that expand their input or take quadratic time. These are Python's
# names for the codecs, each of which is loaded on first use: loading all of them takes 15 ms.
_CHARSETS = {
    *("utf-8", "ascii", "utf-16", "utf-16-be", "utf-16-le", "koi8-r", "koi8-u"),
    *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
    *(f"cp{page}" for page in range(1250, 1259)),
    *("shift_jis", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr"),
}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _as_control_characters(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that are undefined in the fallback charset as Latin-1, as browsers do, so that none is lost."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_KEEP_BYTES = "inbound-sms-keep-bytes"
codecs.register_error(_KEEP_BYTES, _as_control_characters)


def known_charset(name: str | None) -> str | None:
    """Return Python's name for a declared charset; None if it is unknown or unsupported."""
    try:
        charset = codecs.lookup(name or "").name
    except (LookupError, ValueError):
        return None
    return charset if charset in _CHARSETS else None


def decode(parts: list[bytes], declared: str | None, fallback: str) -> list[str]:
    """Decode byte strings of one request, all in one charset: the declared one, else UTF-8, else the fallback."""
    for charset in filter(None, (known_charset(declared), "utf-8")):
        try:
            return [part.decode(charset) for part in parts]
        except UnicodeDecodeError:
            continue
    return [part.decode(known_charset(fallback) or "windows-1252", _KEEP_BYTES) for part in parts]


def printable(value: str) -> str:
    """Replace each character that SQS and SNS refuse (they accept those of XML 1.0) by U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", value)


def is_opt_out(text: str | None, words: Collection[str]) -> bool:
    """Return whether the whole text, trimmed and casefolded, is one of `words`, which are casefolded."""
    return text is not None and " ".join(text.split()).casefold() in words
