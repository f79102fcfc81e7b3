"""Charsets as declared, UTF-8 and the fallback; what SQS takes; stop words."""

import pytest

from inbound_sms.parsing.text import decode, is_opt_out, known_charset, printable

CHARSETS = [
    ("utf-8", "utf-8"),
    ("us-ascii", "ascii"),
    ("ISO-8859-1", "iso8859-1"),
    ("ISO-8859-15", "iso8859-15"),
    ("Windows-1252", "cp1252"),
    ("UTF-16", "utf-16"),
]

# Python knows them all as codecs, but they are no charsets of text, or read it in quadratic time.
NO_CHARSETS: list[str | None] = [
    "rot13", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "hex", "zlib", "bz2", "base64", "uu",
    "quopri", "undefined", "klingon", "", None, "\0", "utf-8\0", "\ud800", "../../etc/passwd", "x" * 100_000,
]  # fmt: skip

DECODED = [
    ([b"caff\xc3\xa8"], None, ["caffè"], "UTF-8, where nothing is declared"),
    ([b"caff\xc3\xa8"], "utf-8", ["caffè"], "UTF-8, declared"),
    ([b"caff\xc3\xa8"], "iso-8859-1", ["caffÃ¨"], "the declared charset counts, even where UTF-8 would do"),
    ([b"10 \xa4"], "iso-8859-15", ["10 €"], "as declared"),
    (["perché 👍".encode("utf-16")], "utf-16", ["perché 👍"], "as declared, with the byte order in the text"),
    ([b"caff\xc3\xa8"], "us-ascii", ["caffè"], "a wrong declaration gives way to UTF-8"),
    ([b"caff\xe8"], "utf-8", ["caffè"], "a wrong declaration gives way to the fallback"),
    ([b"caff\xe8"], None, ["caffè"], "not UTF-8: the fallback"),
    ([b"caff\xc3\xa8", b"\xe8"], None, ["caffÃ¨", "è"], "one charset for the whole request"),
    ([b"caff\xc3\xa8"], "rot13", ["caffè"], "a codec that is no charset is as good as none"),
    ([b"caff\xe8 \x81"], None, ["caffè \x81"], "a byte that the fallback doesn't know is kept"),
    ([], "utf-8", [], "no part"),
]

STOP_WORDS = frozenset({"stop", "stop all", "strasse"})


@pytest.mark.parametrize(("declared", "codec"), CHARSETS)
def test_common_charsets_are_known_by_all_their_names(declared: str, codec: str) -> None:
    assert known_charset(declared) == codec


@pytest.mark.parametrize("declared", NO_CHARSETS, ids=lambda name: repr(name)[:30])
def test_codecs_that_are_no_charset_are_refused(declared: str | None) -> None:
    assert known_charset(declared) is None


@pytest.mark.parametrize(("parts", "declared", "texts", "_why"), DECODED, ids=[row[3] for row in DECODED])
def test_text_is_read_as_declared_else_utf_8_else_by_the_fallback(
    parts: list[bytes], declared: str | None, texts: list[str], _why: str
) -> None:
    assert decode(parts, declared, "windows-1252") == texts


@pytest.mark.parametrize("declared", [None, "utf-8", "ascii", "utf-16", "utf-16-le", "iso-8859-15", "windows-1252"])
def test_any_byte_is_read_as_something_that_utf_8_can_carry(declared: str | None) -> None:
    for byte in range(256):
        for part in (bytes([byte]), bytes([0xD8, byte]), bytes([byte, 0xD8])):
            [text] = decode([part], declared, "windows-1252")
            assert text.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\tb\nc\rd", "a\tb\nc\rd"),
        ("perché 👍 \x7f\x85\ue000\ufffd\U0010ffff", "perché 👍 \x7f\x85\ue000\ufffd\U0010ffff"),
        ("a\x00b\x08c\x0bd\x0ce\x1ff", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf"),
        ("\ud800\udfff\ufffe\uffff", "\ufffd\ufffd\ufffd\ufffd"),
    ],
)
def test_what_sqs_and_sns_refuse_is_replaced_in_an_attribute_and_nothing_else(value: str, expected: str) -> None:
    assert printable(value) == expected


@pytest.mark.parametrize("text", ["STOP", "stop", "Stop", "  sToP \r\n", "Stop  ALL", "stop\u00a0all", "Straße"])
def test_a_stop_word_is_known_whatever_its_case_and_the_spaces_around(text: str) -> None:
    assert is_opt_out(text, STOP_WORDS)


@pytest.mark.parametrize("text", ["STOP 12345", "please stop", "stop.", "stopp", "st op", "", " ", "ALL", None])
def test_only_the_whole_text_is_a_stop_word(text: str | None) -> None:
    assert not is_opt_out(text, STOP_WORDS)
