"""What SQS takes, and keywords: one reading for STOP however it is written."""

import pytest

from inbound_sms.parsing.text import first_word, keyword_of, printable


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


KEYWORDS: list[tuple[str | None, str | None]] = [
    ("  sToP \r\n", "stop"), ("Stop  ALL", "stop all"), ("stop\u00a0all", "stop all"), ("(stop)", "stop"),
    ("“STOP!”", "stop"), ("OPT-OUT", "opt-out"), ("STOP\u200b", "stop"), ("\u200eSTOP", "stop"), ("ＳＴＯＰ", "stop"),
    ("ARRÊT", "arrêt"), ("Straße", "strasse"), ("АРРЕТ…", "аррет"), ("स्टॉप", "स्टॉप"), ("STOP 12345", "stop 12345"),
    ("\u200b" * 100 + "STOP", "stop"), ("don't", "don't"), ("👍", None), ("...", None), ("", None), (" ", None),
    (None, None), ("x" * 65, None), ("\ufdfa" * 10, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keyword"), KEYWORDS, ids=ascii)
def test_a_text_is_compared_with_keywords_without_what_is_invisible_or_around_it(
    text: str | None, keyword: str | None
) -> None:
    assert keyword_of(text) == keyword
    assert keyword is None or first_word(text) == keyword.split()[0]
