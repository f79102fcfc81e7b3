"""8x8's XML form: the same object as its JSON form, and nothing that XML can do besides."""

from inbound_sms.errors import InvalidPayload

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eight_by_eight_xml import read_xml
from tests.support.parsing import PROVIDERS, parse
from tests.support.world import World

SAMPLES = Path(__file__).parent / "samples"
RECEIPT = (SAMPLES / "delivery_receipt_undelivered.xml").read_bytes()
ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE root [<!ENTITY l0 "private">{ENTITIES}]><root><a>&l9;</a></root>'.encode()

READ: list[tuple[bytes, dict[str, Any], str]] = [
    (b"<root><a>1</a><b> x </b></root>", {"a": "1", "b": " x "}, "texts stay as they are"),
    (b"<root><a><b>1</b><c/></a></root>", {"a": {"b": "1", "c": ""}}, "nested, empty"),
    (b"<root><a>1</a><a>2</a><a>3</a></root>", {"a": ["1", "2", "3"]}, "repeated"),
    (b"<other><a>1</a></other>", {"a": "1"}, "another root"),
    (b'\xef\xbb\xbf<?xml version="1.0"?>\n<root><a>1</a></root>\n', {"a": "1"}, "a byte order mark"),
    (b"<root><!-- x --><?x y?><a>1<!-- x -->2</a></root>", {"a": "12"}, "comments"),
    (b"<root><a>&lt;&amp;&#232;&quot;</a><b><![CDATA[<&]]></b></root>", {"a": '<&è"', "b": "<&"}, "escapes"),
    ("<root><a>è 👍</a></root>".encode(), {"a": "è 👍"}, "UTF-8 undeclared"),
    (b'<?xml version="1.0" encoding="ISO-8859-1"?><root><a>\xe8</a></root>', {"a": "è"}, "ISO-8859-1"),
    (b'<?xml version="1.0" encoding="windows-1252"?><root><a>\x80</a></root>', {"a": "€"}, "windows-1252"),
    ('<?xml version="1.0" encoding="utf-16"?><root><a>è</a></root>'.encode("utf-16"), {"a": "è"}, "UTF-16"),
    (b"<root>" + b"<a>" * 20 + b"</a>" * 20 + b"</root>", json.loads('{"a":' * 20 + '""' + "}" * 20), "20 deep"),
]

UNREADABLE = [
    (b"", "not XML: ParseError", "nothing"),
    (b"private", "not XML: ParseError", "no XML"),
    (b"<root><a>private</root>", "not XML: ParseError", "broken"),
    (RECEIPT[:-20], "not XML: ParseError", "cut off"),
    (RECEIPT + b"<root/>", "not XML: ParseError", "two roots"),
    (b"<root><a>caff\xe8</a></root>", "not XML: ParseError", "not in the charset that it has"),
    (b"<root><a>&private;</a></root>", "not XML: ParseError", "an entity that is not declared"),
    (LAUGHS, "not XML: DTDForbidden", "a billion laughs"),
    (b"<!DOCTYPE root><root><a>1</a></root>", "not XML: DTDForbidden", "a document type"),
    (b'<!DOCTYPE root SYSTEM "http://127.0.0.1:9/private"><root/>', "not XML: DTDForbidden", "one from elsewhere"),
    (
        b'<!DOCTYPE root [<!ENTITY a SYSTEM "file:///etc/hostname">]><root><a>&a;</a></root>',
        "not XML: DTDForbidden",
        "a file of ours",
    ),
    (b'<?xml version="1.0" encoding="hologram"?><root><a>1</a></root>', "not XML: LookupError", "unknown encoding"),
    (b'<?xml version="1.0" encoding="rot13"?><root><a>1</a></root>', "not XML: LookupError", "a codec, no charset"),
    (b'<?xml version="1.0" encoding="shift_jis"?><root><a>1</a></root>', "not XML: ValueError", "several bytes each"),
    (b"<root/>", "not an XML object", "empty"),
    (b"<root>private</root>", "not an XML object", "a text"),
    (b"<root>" + b"<a>" * 21 + b"</a>" * 21 + b"</root>", "nested more than 20 deep", "21 deep"),
    (b"<a>" * 37_000 + b"</a>" * 37_000, "nested more than 20 deep", "37000 deep"),
    (b"<a>" * 80_000, "not XML: ParseError", "80000 deep and cut off"),
]


@pytest.mark.parametrize(("body", "value", "_why"), READ, ids=[why for *_, why in READ])
def test_xml_is_read_as_the_object_that_it_stands_for(body: bytes, value: dict[str, Any], _why: str) -> None:
    assert read_xml(body) == value


@pytest.mark.parametrize(("body", "reason", "_why"), UNREADABLE, ids=[why for *_, why in UNREADABLE])
def test_other_xml_is_unreadable_with_a_reason_that_quotes_nothing(body: bytes, reason: str, _why: str) -> None:
    with pytest.raises(InvalidPayload, match=f"^{reason}$"):
        read_xml(body)


@given(st.lists(st.sampled_from([b"<root>", b"</root>", b"<a>", b"</a>", b"<!", b"&", b"]]>", b'"']) | st.binary()))
def test_whatever_the_bytes_they_give_an_object_or_unreadable(pieces: list[bytes]) -> None:
    try:
        value = read_xml(b"".join(pieces))
    except InvalidPayload:
        return
    assert isinstance(value, dict)


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml; charset=utf-8", "application/json", ""])
def test_a_receipt_in_xml_is_read_whatever_the_content_type(content_type: str) -> None:
    as_json = parse("8x8", (SAMPLES / "delivery_receipt_undelivered.json").read_bytes())
    as_xml = parse("8x8", RECEIPT, content_type)
    del as_json["data"]["provider_payload"], as_xml["data"]["provider_payload"]

    assert as_xml == as_json


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml"])
def test_json_that_says_it_is_xml_is_read_all_the_same(content_type: str) -> None:
    assert (
        parse("8x8", b" " + (SAMPLES / "inbound_sms.json").read_bytes(), content_type)["data"]["text"]
        == "Test MO message"
    )


@pytest.mark.parametrize("body", [LAUGHS, b"<root><private>", b"<root/>"], ids=["laughs", "broken", "empty"])
@pytest.mark.parametrize("content_type", ["text/xml", "application/json"])
def test_xml_that_is_refused_is_kept_and_acknowledged(body: bytes, content_type: str, aws: World) -> None:
    entry = PROVIDERS["8x8"]
    response = aws.receiver(entry).handle(entry.event(body, content_type=content_type))

    assert (response["statusCode"], response["body"]) == (200, '{"status":"quarantined"}')
    [(_, kept, record)] = aws.quarantined()
    assert kept == body
    assert "private" not in json.dumps(record)
    assert aws.queued() == []
