"""Charsets: UTF-8 wherever it is UTF-8, else the declared charset, else the fallback."""

import pytest

from inbound_sms.parsing.charsets import decode, known_charset

CHARSETS = {
    "utf-8": "utf-8", "UTF8": "utf-8", "us-ascii": "ascii", "ISO-8859-1": "iso8859-1", "latin1": "iso8859-1",
    "ISO-8859-15": "iso8859-15", "Windows-1252": "cp1252", "UTF-16": "utf-16", "utf-16be": "utf-16-be",
}  # fmt: skip

# Python knows them all as codecs, but they are no charsets of text, or read it in quadratic time.
NO_CHARSETS: list[str | None] = [
    "rot13", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "hex", "zlib", "bz2", "base64", "uu",
    "quopri", "undefined", "klingon", "", None, "\0", "\ud800", "../../etc/passwd", "x" * 100_000,
]  # fmt: skip

DECODED: list[tuple[bytes, str | None, str, str]] = [
    ("caffè".encode(), None, "caffè", "UTF-8, where nothing is declared"),
    ("caffè".encode(), "iso-8859-1", "caffè", "UTF-8, mislabelled"),
    ("città".encode(), "koi8-r", "città", "UTF-8, labelled as another alphabet"),
    ("città".encode(), "utf-16", "città", "UTF-8, labelled UTF-16"),
    ("caffè".encode(), "rot13", "caffè", "a codec that is no charset is as good as none"),
    (b"10 \xa4", "iso-8859-15", "10 €", "as declared"),
    ("perché 👍".encode("utf-16"), "utf-16", "perché 👍", "as declared, with the byte order in the text"),
    ("👍 x".encode("utf-16-be"), "utf-16be", "👍 x", "as declared, a pair of surrogates"),
    ("日本語".encode("shift_jis"), "Shift_JIS", "日本語", "as declared, several bytes a character"),
    ("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語", "as declared, though it is ASCII, too"),
    (b"caff\xe8", "utf-8", "caffè", "a wrong label gives way to the fallback"),
    (b"10 \xa4", None, "10 ¤", "the fallback, and no other charset"),
    (b"perch\xe9", None, "perché", "not UTF-8: the fallback, though the last byte could begin a character"),
    ("« CAFÉ »".encode("latin-1"), None, "« CAFÉ »", "the fallback"),
    ("«CAFÉ»".encode("latin-1"), None, "«CAFÉ»", "the fallback, though two bytes happen to be valid UTF-8"),
    ("però…".encode("cp1252"), None, "però…", "the fallback, though the end looks like a cut-off character"),
    ("avô»".encode("latin-1"), None, "avô»", "the same"),
    (b"caff\xe8 \x81", None, "caffè \x81", "a byte that the fallback doesn't know is kept"),
    ("perché 👍".encode()[:-1], None, "perché \ufffd", "cut off within the last character"),
    ("ok 👍".encode()[:-2], None, "ok \ufffd", "the same, of an emoji alone"),
    (b"Ciao \xed\xa0\xbd\xed\xb1\x8b perch\xc3\xa9", None, "Ciao 👋 perché", "an emoji in CESU-8"),
    (b"\xed\xa0\xbd perch\xc3\xa9", None, "\ufffd perché", "half of one"),
    ("perché 👋 ".encode() + b"Telef\xf3nica", None, "perché 👋 Telefónica", "one stray byte"),
    ("perché 👋 ".encode() + b"10 \xa4", "iso-8859-15", "perché 👋 10 €", "one stray byte, in the declared charset"),
    (b"", "utf-16", "", "nothing"),
]


def test_common_charsets_are_known_by_all_their_names_and_codecs_that_are_none_are_refused() -> None:
    assert {declared: known_charset(declared) for declared in CHARSETS} == CHARSETS
    assert [declared for declared in NO_CHARSETS if known_charset(declared) is not None] == []


@pytest.mark.parametrize(("data", "declared", "text", "_why"), DECODED, ids=[row[3] for row in DECODED])
def test_what_is_utf_8_is_read_so_and_a_label_counts_only_for_what_is_not(
    data: bytes, declared: str | None, text: str, _why: str
) -> None:
    assert decode(data, declared, "windows-1252") == text
