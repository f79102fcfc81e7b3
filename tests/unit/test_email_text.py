"""What a person reads in the mail; and what a hostile text can do to it: nothing."""

import re
from typing import Any

import pytest

from inbound_sms.events import Message, SurveyAnswers, Unknown
from inbound_sms.events.numbers import parse_number
from inbound_sms.publishing.email_text import subject_of, text_of
from inbound_sms.publishing.queued import QueuedData, QueuedEvent
from tests.support.template import resources

MESSAGE = "inbound-sms.message.received.v1"
HOSTILE = "x\r\nBcc: a@example.com\x00\x1b[31m\u202egnp.exe\u2028To: y\u2066\x85\v\f\ufeff\ufffe"
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe]")


def event(type_: str = MESSAGE, time: str | None = "2026-05-14T12:23:01+02:00", **data: Any) -> QueuedEvent:
    numbers = {"sender": parse_number("+393351234567"), "recipient": parse_number("+393331234333")}
    own = QueuedData.model_validate({"provider": "acme", "delivery_id": "d", "text": "News ON"} | numbers | data)
    return QueuedEvent(id="acme/1", type=type_, time=time, data=own)


def test_a_message() -> None:
    assert text_of(event()).splitlines() == [
        "From: +393351234567", "To: +393331234333", "Date/Time: 2026-05-14 10:23:01 UTC", "Provider: acme",
        "Event: acme/1", "Body:", "News ON",
    ]  # fmt: skip
    assert subject_of(event()) == "SMS from +393351234567 to +393331234333"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"opt_out": True, "text": "STOP"}, "Opt-out: yes"),
        ({"media": [{}, {}]}, "Files: 2"),
        ({"title": "Photos"}, "Subject: Photos"),
        ({"binary": "AAE=", "text": None}, "Binary: this message is data, not text"),
        ({"sender": parse_number("MyBank")}, "From: MyBank"),
        ({"sender": parse_number(None)}, "From: unknown"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "Date/Time: 0001-01-01T00:00:00+14:00"),
        ({"type_": "inbound-sms.unknown.v1"}, "Type: inbound-sms.unknown.v1"),
    ],
)
def test_what_else_is_told(data: dict[str, Any], line: str) -> None:
    assert line in text_of(event(**data)).split("Body:")[0].splitlines()


def test_the_text_keeps_its_lines_and_its_letters() -> None:
    text = "perché\r\n👨‍👩‍👧 می‌خواهم\n\ttab 🫨"
    assert text_of(event(text=text)).partition("Body:\n")[2] == "perché\n👨‍👩‍👧 می‌خواهم\n tab 🫨\n"


@pytest.mark.parametrize("field", ["sender", "recipient", "title", "provider", "text", "time", "type_"])
def test_nothing_hostile_reaches_the_mail(field: str) -> None:
    value: Any = {"raw": HOSTILE} if field in {"sender", "recipient"} else HOSTILE
    text = text_of(event(**{field: value}))
    head, _, _ = text.partition("Body:\n")

    assert not UNSEEN.search(text)
    assert not any(line.startswith(("Bcc:", "To: y")) for line in head.splitlines())
    if field != "text":
        assert text.endswith("Body:\nNews ON\n")


@pytest.mark.parametrize("field", ["sender", "recipient", "type_"])
@pytest.mark.parametrize("value", [HOSTILE, "ü" * 300, "a" * 300, "\n"], ids=lambda value: ascii(value)[:10])
def test_the_subject_is_what_sns_takes(field: str, value: str) -> None:
    subject = subject_of(event(**{field: value if field == "type_" else {"raw": value}}))

    # SNS: ASCII text that begins with a letter, number or punctuation mark, no line breaks or control characters
    assert re.fullmatch(r"[!-~][ -~]{0,98}", subject)
    assert "\n" not in subject


def test_a_text_without_end_is_cut() -> None:
    text = text_of(event(text="ü" * 100_000))
    assert len(text) < 21_000
    assert text.endswith("\n\n(80000 more characters are in the event)\n")


def test_a_mailbox_gets_what_people_wrote_and_nothing_that_tells_of_it() -> None:
    """SNS ends a subscription by e-mail that gets over ten messages a second."""
    mailbox = resources("AWS::SNS::Subscription")["MessagesSubscription"]["Properties"]

    assert mailbox["FilterPolicyScope"] == "MessageAttributes", "the body is the mail's own text"
    assert mailbox["FilterPolicy"] == {"type": [Message.TYPE, SurveyAnswers.TYPE, Unknown.TYPE]}
