"""What is set aside: found again exactly, by people with S3's own tools, too; and never half of it unnoticed."""

from typing import Any

import pytest

from inbound_sms.errors import DependencyUnavailable
from inbound_sms.storage.quarantine import Quarantine
from tests.support.acme.sender import ACME_ENTRY
from tests.support.faults import failing
from tests.support.world import World


@pytest.mark.parametrize(
    "record",
    [{"reason": "no text"}, {"reason": "ü €😀"}, {"field": "half a pair \ud83d", "headers": {"a": "\x00\u2028"}}],
    ids=["plain", "not ASCII", "no Unicode"],
)
def test_what_is_stored_is_loaded_as_it_was(aws: World, record: dict[str, Any]) -> None:
    quarantine = Quarantine(aws.s3, aws.bucket, "acme")

    assert quarantine.store("0000", b"\x00\xff", record) == "acme/0000"
    assert quarantine.load("acme/0000") == (b"\x00\xff", record)


def test_the_body_is_no_document_to_be_shown_and_the_record_one_to_be_read(aws: World) -> None:
    """The body is a stranger's: as HTML it would be shown, and run, by who opens it from the S3 console."""
    Quarantine(aws.s3, aws.bucket, "acme").store("0000", b"<script>", {"reason": "no text", "field": "a.b"})

    body, record = (aws.s3.get_object(Bucket=aws.bucket, Key=f"acme/0000/{name}") for name in ("body", "record.json"))
    assert (body["ContentType"], record["ContentType"]) == ("application/octet-stream", "application/json")
    assert record["Body"].read() == b'{\n  "reason": "no text",\n  "field": "a.b"\n}'


@pytest.mark.parametrize("operation", ["PutObject", "GetObject"])
def test_a_bucket_that_is_down_is_named_with_the_cause(aws: World, operation: str) -> None:
    quarantine = Quarantine(failing("s3", operation, "SlowDown"), aws.bucket, "acme")

    with pytest.raises(DependencyUnavailable) as caught:
        quarantine.load(quarantine.store("0000", b"x", {}))
    assert str(caught.value) == f"quarantine unavailable (AwsServiceError SlowDown {operation})"


@pytest.mark.parametrize(("answers", "kept"), [([False], []), ([True, False], ["acme/0000/body"])])
def test_out_of_time_nothing_more_is_stored(aws: World, answers: list[bool], kept: list[str]) -> None:
    """A record without its body would pass for the whole, so the body comes first."""
    in_time = iter(answers)
    with pytest.raises(DependencyUnavailable, match="TimeoutError"):
        Quarantine(aws.s3, aws.bucket, "acme").store("0000", b"x", {}, lambda: next(in_time))

    assert [item["Key"] for item in aws.s3.list_objects_v2(Bucket=aws.bucket).get("Contents", [])] == kept


@pytest.mark.parametrize(("body", "noted"), [("{\ufffd".encode(), True), (b"{\xff", False), (b"{", False)])
def test_a_body_that_may_have_been_changed_on_the_way_is_kept_with_a_note(
    aws: World, body: bytes, *, noted: bool
) -> None:
    aws.receiver(ACME_ENTRY).handle(ACME_ENTRY.event(body))

    [(_, kept, record)] = aws.quarantined()
    assert kept == body
    assert ("may have been replaced" in record.get("note", "")) is noted
