"""What a subscriber by e-mail gets: a text that a person can read, in place of the event's JSON.

The fields are those of providers' own delivery by e-mail: From, To, Date/Time, Body. The body comes last, so that
nothing in it can pass for one of the others. SNS sends mail as plain text, and adds a footer to end the subscription.
"""

import json
import unicodedata
from datetime import UTC, datetime

from inbound_sms.events.numbers import Number
from inbound_sms.parsing.text import printable
from inbound_sms.publishing.message_attributes import written
from inbound_sms.publishing.queued import QueuedEvent

_MESSAGE = "inbound-sms.message.received."
_LINE_LENGTH = 200
_BODY_LENGTH = 20_000  # characters; the longest SMS there is, of 255 parts, has 39,015 of them
_NAME_LENGTH = 32  # of a number in the subject
_SUBJECT_LENGTH = 99  # SNS: fewer than 100 characters, ASCII, no line breaks and no control characters
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}  # not to be seen, or changes how the rest is seen
_JOINERS = "\u200c\u200d"  # many languages, and emojis, are written with them


def for_email(event: QueuedEvent, document: str) -> dict[str, str]:
    """Gives what an entry of PublishBatch needs, so that e-mail carries the text and all else the document."""
    messages = {"default": document, "email": text_of(event)}
    return {
        "Subject": subject_of(event),
        "MessageStructure": "json",
        "Message": json.dumps(messages, ensure_ascii=False, separators=(",", ":")),
    }


def subject_of(event: QueuedEvent) -> str:
    """Gives the mail's subject: `SMS from +393351234567 to +393331234333`."""
    if not event.type.startswith(_MESSAGE):
        return f"Inbound SMS Gateway: {_ascii(event.type)}"[:_SUBJECT_LENGTH]
    sender, recipient = (_ascii(_shown(number))[:_NAME_LENGTH] for number in (event.data.sender, event.data.recipient))
    return f"SMS from {sender} to {recipient}"[:_SUBJECT_LENGTH]


def text_of(event: QueuedEvent) -> str:
    """Gives the mail's text."""
    data = event.data
    about = [
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
    lines = [f"{name}: {_line(value)}" for name, value in about if value]
    return "\n".join([*lines, "Body:", _body(data.text or "")]) + "\n"


def _shown(number: Number | None) -> str:
    return written(number) or "unknown"


def _time(time: str | None) -> str | None:
    try:
        read = datetime.fromisoformat(time or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return time
    return f"{read:%Y-%m-%d %H:%M:%S} UTC"


def _harmless(text: str) -> str:
    return "".join(c if c in _JOINERS or unicodedata.category(c) not in _UNSEEN else "\ufffd" for c in printable(text))


def _line(text: str) -> str:
    return _harmless(text if len(text) <= _LINE_LENGTH else text[:_LINE_LENGTH] + " ...")


def _body(text: str) -> str:
    cut = len(text) - _BODY_LENGTH
    shown = "\n".join(
        _harmless(line.replace("\t", " ")) for line in text[:_BODY_LENGTH].replace("\r\n", "\n").split("\n")
    )
    return f"{shown}\n\n({cut} more characters are in the event)" if cut > 0 else shown


def _ascii(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)
