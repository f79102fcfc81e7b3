"""The text that subscribers by e-mail get in place of the event's JSON.

The body comes last, so that nothing in it can pass for another field. SNS sends e-mail as plain text, and adds a footer
with a link to unsubscribe.
"""

import json
import unicodedata
from datetime import UTC, datetime

from inbound_sms.events.numbers import Number
from inbound_sms.parsing.text import printable
from inbound_sms.publishing.message_attributes import format_number
from inbound_sms.publishing.queued import QueuedEvent

_MESSAGE = "inbound-sms.message.received."
_LINE_LENGTH = 200
_BODY_LENGTH = 20_000  # characters; the longest possible SMS, of 255 parts, has 39,015
_NUMBER_LENGTH = 32  # of a number in the subject
_SUBJECT_LENGTH = 99  # SNS: fewer than 100 characters, ASCII, no line breaks and no control characters
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}  # Unicode categories that are invisible or change how other characters appear
_JOINERS = "\u200c\u200d"  # required by many languages, and by emoji


def for_email(event: QueuedEvent, body: str) -> dict[str, str]:
    """Return the members of a PublishBatch entry that send the text by e-mail and `body` by all other protocols."""
    messages = {"default": body, "email": text_of(event)}
    return {
        "Subject": subject_of(event),
        "MessageStructure": "json",
        "Message": json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
    }


def subject_of(event: QueuedEvent) -> str:
    """Return the subject of the e-mail: `SMS from +393351234567 to +393331234333`."""
    if not event.type.startswith(_MESSAGE):
        return f"Inbound SMS Gateway: {_ascii(event.type)}"[:_SUBJECT_LENGTH]
    sender, recipient = (
        _ascii(_shown(number))[:_NUMBER_LENGTH] for number in (event.data.sender, event.data.recipient)
    )
    return f"SMS from {sender} to {recipient}"[:_SUBJECT_LENGTH]


def text_of(event: QueuedEvent) -> str:
    """Return the text of the e-mail."""
    data = event.data
    fields = [
        ("Type", None if event.type.startswith(_MESSAGE) else event.type),
        ("From", _shown(data.sender) if data.sender else None),
        ("To", _shown(data.recipient) if data.recipient else None),
        ("Date/Time", _time(event.time)),
        ("Provider", data.provider),
        ("Event", event.id),
        ("Opt-out", "yes" if data.opt_out else None),
        ("Subject", data.title),
        ("Files", str(len(data.media)) if data.media else None),
        ("Binary", "this message is data, not text" if data.binary else None),
    ]
    lines = [f"{name}: {_line(value)}" for name, value in fields if value]
    return "\n".join([*lines, "Body:", _body(data.text or "")]) + "\n"


def _shown(number: Number | None) -> str:
    return format_number(number) or "unknown"


def _time(time: str | None) -> str | None:
    try:
        parsed = datetime.fromisoformat(time or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return time
    return f"{parsed:%Y-%m-%d %H:%M:%S} UTC"


def _sanitised(text: str) -> str:
    return "".join(
        c if c in _JOINERS or unicodedata.category(c) not in _INVISIBLE else "\ufffd" for c in printable(text)
    )


def _line(text: str) -> str:
    return _sanitised(text if len(text) <= _LINE_LENGTH else text[:_LINE_LENGTH] + " ...")


def _body(text: str) -> str:
    cut = len(text) - _BODY_LENGTH
    shown = "\n".join(
        _sanitised(line.replace("\t", " ")) for line in text[:_BODY_LENGTH].replace("\r\n", "\n").split("\n")
    )
    return f"{shown}\n\n({cut} more characters are in the event)" if cut > 0 else shown


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)
