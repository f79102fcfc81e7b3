"""Media as what is deployed copies them: from the topic by a queue to the bucket; the outcome back to the topic."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from gateway.operations.deployed import outputs_of
from gateway.operations.stack import Stack
from gateway.simulator import senders
from inbound_sms.parsing.hashing import hash_of
from tests.e2e.conftest import MMS
from tests.support.outside import SECOND, Outside

JPEG = b"\xff\xd8\xff\xe0 picture"


@pytest.mark.parametrize("is_there", [True, False], ids=["stored", "failed"])
def test_it_is_told_once_what_became_of_the_files(
    is_there: bool, outside: Outside, stack: Stack, boto: Callable[[str], Any], gateway: Callable[..., Any]
) -> None:
    """No link of a sample leads anywhere: what can be stored is what is there already, as after a run that died."""
    outputs = outputs_of(boto("cloudformation"), stack.stack)
    event_id = f"{MMS}/{uuid.uuid4()}"
    key = f"{MMS}/{hash_of(event_id.encode())}/0"
    if is_there:
        boto("s3").put_object(Bucket=outputs["MediaBucketName"], Key=key, Body=JPEG, ContentType="image/jpeg")

    outside.text("+393351234567", "+4534735477", "no media", provider=SECOND)
    callback = senders()[MMS].callbacks["mms"]
    body = callback.written(callback.identified(callback.new(), event_id.partition("/")[2]))
    assert outside.send(MMS, lambda url: callback.post(url, body)).status_code == 200
    suffix = "#media" if is_there else "#media-failed"
    [told] = outside.events_with(event_id + suffix)

    [original] = outside.events_with(event_id)
    files = told["data"]["files"]
    assert len(files) == len(original["data"]["media"])
    assert told["data"]["event_id"] == event_id
    assert told["data"]["recipient"] == original["data"]["recipient"]
    letters = [each["event_id"] for each in gateway("dlq", "list", "--queue", "media")]
    lines = [line["says"] for line in gateway("message", event_id)["lines"] if line["function"] == "media"]
    if is_there:
        assert (files[0]["key"], files[0]["bytes"]) == (key, len(JPEG))
        assert lines == ["media copied"]
        assert event_id not in letters
    else:
        assert files[0]["failure"].startswith("a host that is not listed: ")
        assert any(line.startswith("media not copied, given up: a host") for line in lines)
        assert letters.count(event_id) == 1
