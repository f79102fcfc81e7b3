"""Of a body that could not be read, the broken place is marked."""

from typing import Any

import pytest

from gateway.console.bodies import format_of, mark_of

BATCH = '{"results": [{"to": "1"},\n  {"to": "2", "price": {"amount": "x"}}], "count": 2}'


def marked_in(text: str, record: dict[str, Any]) -> str | None:
    mark = mark_of(text, record)
    return mark and text[mark["offset"] : mark["offset"] + mark["length"]]


@pytest.mark.parametrize(
    ("text", "field", "marked"),
    [
        ('{"a": 1, "b', None, '"b'),
        ('{"a": 1', None, "1"),
        ('{"a": 1} x', None, "x"),
        (BATCH, "results.1.price.amount", '"x"'),
        (BATCH, "results[1].price", '{"amount": "x"}'),
        (BATCH, "payload.results", None),
        (BATCH, "results.0.from", '{"to": "1"}'),
        (BATCH, "results.7", '[{"to": "1"},\n  {"to": "2", "price": {"amount": "x"}}]'),
        (BATCH, "count.deeper", "2"),
        ('{"a": 1, "a": 2}', "a", "2"),
        ("[ ]", "0", None),
        (BATCH, None, None),
        ("from=1&to=2&text=a+b", "to", "to=2"),
        ("from=1&to=2", "payload.from", "from=1"),
        ("from=1", "to", None),
        ("<a>", "a", None),
        ("", None, None),
        ("[" * 100_000, None, None),
    ],
)
def test_the_place_that_a_reason_names_is_marked(text: str, field: str | None, marked: str | None) -> None:
    assert marked_in(text, {"field": field}) == marked


@pytest.mark.parametrize(
    ("text", "item", "marked"),
    [
        (BATCH, 1, '"2"'),
        ('[{"to": 1}, {"to": 3}]', 1, "3"),
        ('{"to": 9}', 0, "9"),
        (BATCH, 7, '[{"to": "1"},\n  {"to": "2", "price": {"amount": "x"}}]'),
    ],
)
def test_in_a_batch_it_is_that_of_the_first_item_that_is_wrong(text: str, item: int, marked: str) -> None:
    assert marked_in(text, {"field": "to", "items": [{"item": item}, {"item": 9}]}) == marked


def test_a_mark_tells_the_line_and_the_column() -> None:
    assert mark_of('{\n  "a": x}', {}) == {"line": 2, "column": 8, "offset": 9, "length": 1}


@pytest.mark.parametrize(
    ("text", "content_type", "expected"),
    [
        (' {"a": 1}', "text/plain", "json"),
        ("[]", "", "json"),
        ("<a/>", "", "xml"),
        ("a=1&b=%20", "", "form"),
        ("a=1 & b", "application/x-www-form-urlencoded; charset=utf-8", "form"),
        ("hello = you", "", "text"),
        ("", "", "text"),
    ],
)
def test_the_format_is_told_by_what_it_begins_with(text: str, content_type: str, expected: str) -> None:
    assert format_of(text, content_type) == expected
