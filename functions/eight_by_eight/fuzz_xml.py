"""8x8's reader of XML for `make fuzz`, and what is small to send it and could be dear to read."""

from inbound_sms.errors import InvalidPayload

import json
from collections.abc import Iterator
from pathlib import Path

from eight_by_eight_xml import read_xml
from verification.fuzz.bombs import Make, nested, numbered, run_of
from verification.fuzz.targets import Target
from verification.oracle import REFUSED_BY_SQS, judge_reason

XML = b"text/xml\n"
SAMPLES = Path(__file__).parent / "samples"


def targets() -> Iterator[Target]:
    """Return the reader."""
    seeds = (*(path.read_bytes() for path in SAMPLES.glob("*.xml")), b"<root>")
    yield Target("xml", _xml, seeds, frozenset({"read", "unreadable"}))


def _xml(data: bytes) -> str:
    try:
        document = read_xml(data)
    except InvalidPayload as error:
        judge_reason(error.reason)
        return "unreadable"
    assert isinstance(document, dict)
    assert not REFUSED_BY_SQS.search(json.dumps(document, ensure_ascii=False))
    return "read"


def bombs() -> Iterator[tuple[str, str, Make]]:
    """Return what each is, the target that reads it, and what makes it of a size."""
    yield "siblings", "xml", run_of(b"<a/>", b"<root>", b"</root>")
    yield "siblings of many names", "xml", numbered(b"<a%x/>", b"", b"<root>", b"</root>")
    yield "attributes", "xml", numbered(b'a%x=""', b" ", b"<root ", b"><a/></root>")
    yield "namespaces", "xml", numbered(b'xmlns:a%x="u"', b" ", b"<root ", b"><a/></root>")
    yield "deep", "xml", nested(b"<root>", b"<a>", b"</a>", b"</root>")
    yield "deep, open", "xml", run_of(b"<a>", b"<root>")
    yield "19 deep, side by side", "8x8 parser", run_of(b"<a>" * 19 + b"</a>" * 19, XML + b"<root>", b"</root>")
    yield "references", "xml", run_of(b"&#65;", b"<root><a>", b"</a></root>")
    yield "sections", "xml", run_of(b"<![CDATA[]]>", b"<root><a>", b"</a></root>")
    yield "instructions", "xml", run_of(b"<?a?>x", b"<root><a>", b"</a></root>")
    yield "a name without end", "xml", run_of(b"a", b"<root><", b"/></root>")
    yield "a document type without end", "xml", run_of(b"a", b"<!DOCTYPE ")
    yield (
        "entities",
        "xml",
        run_of(b"&a;", b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 9_000 + b'">]><root><a>', b"</a></root>"),
    )
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    yield (
        "a billion laughs",
        "xml",
        run_of(b"&l11;", b'<!DOCTYPE r [<!ENTITY l0 "x">' + laughs + b"]><root>", b"</root>"),
    )
