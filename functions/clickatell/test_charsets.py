"""Clickatell: texts in the charsets that it names."""

import pytest

from tests.support.parsing import parse


@pytest.mark.parametrize(
    ("text", "charset", "meant"),
    [
        ("caf%E9", "ISO-8859-1", "café"),
        ("1%2B1+is+2", "iso-8859-1", "1+1 is 2"),
        ("caf%C3%A9", "ISO-8859-1", "café"),  # UTF-8 is UTF-8, whatever is said of it
        ("%04%1F%04%40%048", "UTF-16BE", "При"),
        ("%D8%3D%DC%4B%00+%00%21", "UTF-16BE", "👋 !"),
        ("%4F%60%59%7D", "UTF-16BE", "你好"),
        ("caf%E9 au lait", "ISO-8859-1", "caf%E9 au lait"),  # nobody encodes and leaves a space
        ("100%", "ISO-8859-1", "100%"),
        ("caf%E9+1", "UTF-8", "caf%E9+1"),
        ("", "UTF-16BE", ""),
        ("Hello World!", None, "Hello World!"),
    ],
)
def test_a_text_in_json_is_unescaped_where_its_charset_says_so(text: str, charset: str | None, meant: str) -> None:
    payload = {"messageId": "1", "fromNumber": "27830000000", "text": text, "charset": charset}

    assert parse("clickatell", payload)["data"]["text"] == meant


@pytest.mark.parametrize(
    ("text", "charset", "meant"),
    [
        ("caf%E9+%2B+1", "ISO-8859-1", "café + 1"),
        ("%4F%60%59%7D", "UTF-16BE", "你好"),
        ("%00h%00i", "utf-16be", "hi"),
        ("odd", "UTF-16BE", "odd"),
        ("caf%C3%A9", "", "café"),
    ],
)
def test_a_text_of_a_form_is_in_the_charset_that_another_field_names(text: str, charset: str, meant: str) -> None:
    body = f"moMsgId=1&from=27830000000&text={text}&charset={charset}".encode()

    assert parse("clickatell", body, "application/x-www-form-urlencoded")["data"]["text"] == meant


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2015-02-04+09:30:36", "2015-02-04T07:30:36Z"),
        ("1218007814", "2008-08-06T07:30:14Z"),
        ("soon", None),
    ],
)
def test_a_message_of_central_names_its_time_in_gmt_plus_2(timestamp: str, at: str | None) -> None:
    body = f"moMsgId=1&from=27830000000&text=x&timestamp={timestamp}".encode()

    assert parse("clickatell", body, "application/x-www-form-urlencoded")["data"]["provider_received_at"] == at
