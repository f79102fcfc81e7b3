"""Binary parts that are text are decoded as one: national tables, torn escapes, torn surrogate pairs."""

import base64

import pytest

from inbound_sms.joining.content import joined_content

FIRST, SECOND = "050003070201", "050003070202"  # headers: parts 1 and 2 of 2
TURKISH, HINDI, SPANISH = "080003070201250101", "0b0003070201240106250106", "080003070201240102"


def packed(septets: bytes, header: str) -> bytes:
    """Pack septets as a phone does, behind a header in hexadecimal."""
    fill = -8 * (len(header) // 2) % 7
    bits = sum(septet << 7 * n for n, septet in enumerate(septets)) << fill
    return bits.to_bytes((7 * len(septets) + fill + 7) // 8, "little")


ROWS: list[tuple[str, str | None, list[tuple[str, bytes]], str | None]] = [
    ("UCS-2", "UCS2", [(FIRST, "größ".encode("utf-16-be")), (SECOND, "er".encode("utf-16-be"))], "größer"),
    ("a pair of surrogates torn", "UTF-16BE", [(FIRST, b"\0a\xd8\x3d"), (SECOND, b"\xdc\x4d\0b")], "a👍b"),
    ("half a pair", "ucs-2", [(FIRST, b"\0a\xd8\x3d")], "a\ufffd"),
    ("half a character: not UCS-2", "ucs-2", [(FIRST, b"\0a\xd8")], None),
    ("GSM, packed", "GSM-7", [(FIRST, packed(b"Hello ", FIRST)), (SECOND, packed(b"man\x02", SECOND))], "Hello man$"),
    ("GSM, a septet in each byte", "GSM 03.38", [(FIRST, b"Hi\x1b\x65"), (SECOND, b"\0\x11")], "Hi€@_"),
    ("an escape torn", "gsm", [(FIRST, packed(b"5 \x1b", FIRST)), (SECOND, packed(b"\x65 each", SECOND))], "5 € each"),
    ("an escape of nothing", "gsm", [(FIRST, b"\x1b\x1b\x1ba")], " a"),
    ("eight septets in seven bytes", "gsm", [("", packed(b"12345678", ""))], "12345678"),
    ("seven septets leave seven bits", "gsm", [("", packed(b"ab\x7f\x7f567", ""))], "abàà567"),
    ("a full part that ends with an at", "gsm", [(FIRST, packed(b"\x7f" * 152 + b"\0", FIRST))], "à" * 152 + "@"),
    ("Turkish, locking", None, [(TURKISH, packed(b"\x07\x0b\x1c\x04", TURKISH))], "ıĞŞ€"),
    ("Spanish, single", None, [(SPANISH, packed(b"se\x7d\x1ba\x1bo", SPANISH))], "señáó"),
    ("Hindi, both", None, [(HINDI, packed(b"\x7b\x20\x1b\x1d\x1bA", HINDI))], "ॲ १A"),
    ("one part with a table, one without", None,
     [(TURKISH, packed(b"\x04", TURKISH)), (SECOND, packed(b"\x04\x7f", SECOND))], "€èà"),
    ("a table that isn't defined", None, [("0825017f0003070201", packed(b"\x04\x7f", TURKISH))], "èà"),
    ("unknown", None, [(FIRST, b"Hello"), (SECOND, b"\xff")], None),
    ("data", "binary", [(FIRST, b"Hello")], None),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "parts", "text"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_bytes_become_text_where_it_is_known_how(
    encoding: str | None, parts: list[tuple[str, bytes]], text: str | None
) -> None:
    data = {
        number: {"binary": base64.b64encode(each).decode(), "udh": udh, "encoding": encoding, "text": None}
        for number, (udh, each) in enumerate(parts, 1)
    }
    whole = base64.b64encode(b"".join(each for _, each in parts)).decode()

    assert joined_content(data) == {"text": text, "binary": whole if text is None else None}
