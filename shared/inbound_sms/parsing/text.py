"""Characters that AWS refuses, and keywords: how a text is compared with words such as STOP."""

import re

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ASCII_PUNCTUATION = "".join(chr(code) for code in range(128) if not chr(code).isalnum())
_MAX_KEYWORD = 64  # a longer text or word is no keyword, but noise or a language without spaces
_MAX_WORDS = 8


def printable(value: str) -> str:
    """Replace each character that SQS and SNS refuse (they accept those of XML 1.0) by U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", value)


def keyword_of(text: str | None) -> str | None:
    """Return a whole text as it is compared with keywords: `stop` for `“STOP!”`. None if it can't be a keyword.

    It is normalised (NFKC: full-width letters become ordinary ones) and casefolded; invisible characters, and quotes
    and punctuation around it, are taken off; runs of white space become one space.
    """
    if not text or len(text) > 4 * _MAX_KEYWORD:
        return None
    bare = _bare(text)
    return bare if 0 < len(bare) <= _MAX_KEYWORD else None


def first_word(text: str | None) -> str | None:
    """Return a text's first word, normalised as by `keyword_of`; None if there is none."""
    for word in (text or "").split(maxsplit=_MAX_WORDS)[:_MAX_WORDS]:
        if bare := _bare(word[: 2 * _MAX_KEYWORD]):
            return bare.partition(" ")[0][:_MAX_KEYWORD]
    return None


def _bare(text: str) -> str:
    if text.isascii():
        return " ".join(text.strip(_ASCII_PUNCTUATION).casefold().split())
    from unicodedata import category, normalize  # noqa: PLC0415 - most keywords are ASCII

    visible = "".join(c for c in normalize("NFKC", text) if category(c) != "Cf").casefold()
    letters = [i for i, c in enumerate(visible) if category(c)[0] in "LMN"]
    return " ".join(visible[letters[0] : letters[-1] + 1].split()) if letters else ""
