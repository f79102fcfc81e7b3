"""What the library offers to users' own tests arrives as the events of a gateway do."""

from collections.abc import Callable
from typing import Any

import pytest

from inbound_sms_subscriber import Event, Message, event_of
from inbound_sms_subscriber.testing import eventbridge_event, message, sns_record, sqs_record


@pytest.mark.parametrize(
    "delivered", [sqs_record, lambda event: sqs_record(event, raw=False), sns_record, eventbridge_event]
)
def test_a_made_up_event_is_read_as_a_real_one(delivered: Callable[[Event], Any]) -> None:
    made = message("Stop", sender="+4534735477", opt_out=True, provider="other", message_id="7")
    read = event_of(delivered(made))
    assert read == made
    assert isinstance(read.data, Message)
    assert (read.id, read.data.text, read.data.opt_out, read.data.sender.number) == (
        "other/7",
        "Stop",
        True,
        "+4534735477",
    )
    assert message().id != message().id
