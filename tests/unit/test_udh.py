"""User data headers: which part of which message a binary message is (3GPP TS 23.040, 9.2.3.24)."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inbound_sms.events import Concatenation
from inbound_sms.parsing.udh import concatenation

PARTS = [
    ("0500034f0201", (79, 8, 2, 1), "reference of one byte"),
    ("050003FF0202", (255, 8, 2, 2), "upper case, the last part"),
    ("060804abcd0302", (43981, 16, 3, 2), "reference of two bytes"),
    ("06080400010101", (1, 16, 1, 1), "a message of one part, reference with a leading zero"),
    ("05000300ffff", (0, 8, 255, 255), "the most parts"),
    ("0b05041583000000034f0201", (79, 8, 2, 1), "behind port numbers"),
    ("0700034f02012500", (79, 8, 2, 1), "before an element without a value"),
    ("0b00034f02010804abcd0302", (43981, 16, 3, 2), "said twice: the last counts"),
    ("0b0804abcd030200034f0201", (79, 8, 2, 1), "said twice the other way round: the last counts"),
    ("0a00034f020100034f0200", (79, 8, 2, 1), "nonsense the second time"),
    ("0600034f020100", (79, 8, 2, 1), "an element without a length at the end"),
    ("0500034f0201ffffff", (79, 8, 2, 1), "bytes behind the header"),
]

NOTHING = [
    (None, "no header"),
    ("", "an empty header"),
    ("00010203", "the header of the sample of 2017: of length 0"),
    ("05", "a length and no more"),
    ("0500034f02", "the last byte missing"),
    ("0400034f0201", "a length that is too short"),
    ("0500024f0201", "one byte too few in the element"),
    ("0600044f020100", "one byte too many in the element"),
    ("050803abcd0301", "the length of the other kind"),
    ("0500034f0200", "part 0"),
    ("0500034f0203", "part 3 of 2"),
    ("0500034f020", "half a byte"),
    ("0500034f02٠١", "digits of another script"),
]


@pytest.mark.parametrize(("udh", "said", "_why"), PARTS, ids=[row[2] for row in PARTS])
def test_the_header_says_which_part_it_is(udh: str, said: tuple[int, int, int, int], _why: str) -> None:
    found = concatenation(udh)

    assert found
    assert (found.reference, found.reference_bits, found.total, found.part) == said


@pytest.mark.parametrize(("udh", "_why"), NOTHING, ids=[row[1] for row in NOTHING])
def test_a_header_that_says_nothing_of_the_kind_gives_none(udh: str | None, _why: str) -> None:
    assert concatenation(udh) is None


@settings(max_examples=settings().max_examples // 3)
@given(st.text() | st.binary().map(bytes.hex) | st.text("0123456789abcdefABCDEF \n"))
@example("0500034f0201")
def test_whatever_the_header_it_gives_a_part_that_makes_sense_or_none(udh: str) -> None:
    found = concatenation(udh)

    assert found is None or 1 <= found.part <= found.total <= 255
    assert found is None or 0 <= found.reference < 2**found.reference_bits


@settings(max_examples=settings().max_examples // 3)
@given(
    reference=st.integers(0, 65_535),
    total=st.integers(1, 255),
    part=st.integers(1, 255),
    before=st.lists(st.tuples(st.integers(1, 7), st.binary(max_size=10)), max_size=3),
    after=st.lists(st.tuples(st.integers(9, 255), st.binary(max_size=10)), max_size=3),
)
def test_what_was_written_is_read_among_whatever_other_elements(
    reference: int, total: int, part: int, before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]
) -> None:
    own = (8, reference.to_bytes(2) + bytes([total, part]))
    header = b"".join(bytes([name, len(value)]) + value for name, value in [*before, own, *after])
    expected = Concatenation(reference=reference, reference_bits=16, total=total, part=part) if part <= total else None

    assert concatenation((bytes([len(header)]) + header).hex()) == expected
