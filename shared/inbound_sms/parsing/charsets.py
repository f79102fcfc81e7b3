"""Decodes bytes whose charset may be mislabelled: UTF-8 wherever they are UTF-8."""

import re

# Plain character sets only: Python also has codecs that expand their input or take quadratic time. A fixed table,
# because Python caches every name that it is asked for, and strangers choose the names. The keys are names without
# their punctuation; each codec is loaded on first use: loading all of them takes 15 ms.
_CHARSETS = {
    **{f"{label}{page}": f"cp{page}" for page in range(1250, 1259) for label in ("windows", "cp", "xcp")},
    **{f"iso8859{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
    **dict.fromkeys(("latin1", "l1"), "iso8859-1"),
    **dict.fromkeys(("latin9", "l9"), "iso8859-15"),
    **dict.fromkeys(("utf8", "unicode11utf8"), "utf-8"),
    **dict.fromkeys(("ascii", "usascii"), "ascii"),
    **dict.fromkeys(("utf16", "ucs2", "iso10646ucs2"), "utf-16"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "mskanji"), "shift_jis"),
    **dict.fromkeys(("gb2312", "euccn"), "gb2312"),
    "utf16be": "utf-16-be",
    "utf16le": "utf-16-le",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "eucjp": "euc_jp",
    "iso2022jp": "iso2022_jp",
    "gbk": "gbk",
    "gb18030": "gb18030",
    "big5": "big5",
    "euckr": "euc_kr",
}
_PUNCTUATION = re.compile("[^a-z0-9]")
_MAX_NAME = 40
_BY_ESCAPES = {"iso2022_jp"}  # such text is ASCII, too
_BY_ZEROS = {"utf-16", "utf-16-be", "utf-16-le"}
_MULTIBYTE = {"shift_jis", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr"}


def known_charset(name: str | None) -> str | None:
    """Return Python's name for a declared charset; None if it is unknown or unsupported."""
    return _CHARSETS.get(_PUNCTUATION.sub("", name.lower())) if name and len(name) <= _MAX_NAME else None


def decode(data: bytes, declared: str | None, fallback: str) -> str:
    """Decode one field, or a whole JSON document: as UTF-8 if it is UTF-8, whatever charset is declared.

    Otherwise it is in the declared charset, or in the fallback. If it is mostly UTF-8, only the faulty bytes are
    replaced: a character that is cut off at the end, by U+FFFD; an emoji in CESU-8, by the emoji; a stray byte, by the
    character that it is in the other charset. Never raises.
    """
    charset = known_charset(declared)
    by_sign = _BY_ZEROS if b"\0" in data else _BY_ESCAPES if b"\x1b" in data else set()
    candidates = (charset if charset in by_sign else None, "utf-8", charset if charset in _MULTIBYTE else None)
    for candidate in filter(None, candidates):
        try:
            return data.decode(candidate)
        except UnicodeDecodeError:
            continue
    if charset is None or charset in {"utf-8", "ascii"} | _BY_ZEROS | _BY_ESCAPES | _MULTIBYTE:
        charset = known_charset(fallback) or "windows-1252"
    from inbound_sms.parsing.repair import decode_other  # noqa: PLC0415 - nearly everything is UTF-8

    return decode_other(data, charset)
