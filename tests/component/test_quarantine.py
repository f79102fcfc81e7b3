"""What is quarantined: found again exactly, by people with S3's own tools, too; and never half of it unnoticed."""

from typing import Any

import pytest

from inbound_sms.errors import DependencyUnavailable
from inbound_sms.storage.quarantine import Quarantine
from tests.support.world import World

RECORDS = [
    {"reason": "no text", "field": "a.b"},
    {"reason": "ü €😀"},
    {"field": "\ud83d", "headers": {"a": "\x00\u2028"}},
]


@pytest.mark.parametrize("record", RECORDS, ids=["plain", "not ASCII", "no Unicode"])
def test_what_is_stored_is_loaded_as_it_was_and_read_in_the_console(aws: World, record: dict[str, Any]) -> None:
    """The body is a stranger's: as HTML it would be shown, and run, by who opens it from the S3 console."""
    quarantine = Quarantine(aws.s3, aws.bucket, "acme")

    record |= {"delivery_id": "1"}
    assert quarantine.store("0000", b"<script>\x00\xff", record) == "acme/0000"
    assert quarantine.load("acme/0000") == (b"<script>\x00\xff", record)
    body, kept = (aws.s3.get_object(Bucket=aws.bucket, Key=f"acme/0000/{name}") for name in ("body", "record.json"))
    assert (body["ContentType"], kept["ContentType"]) == ("application/octet-stream", "application/json")
    assert kept["Body"].read().startswith(b'{\n  "')


def test_the_same_bytes_are_stored_once_and_their_arrivals_counted(aws: World) -> None:
    quarantine = Quarantine(aws.s3, aws.bucket, "acme")
    for delivery in ("1", "2", "2"):
        quarantine.store("0000", b"x", {"delivery_id": delivery})

    keys = [item["Key"] for item in aws.s3.list_objects_v2(Bucket=aws.bucket)["Contents"]]
    assert keys == [f"acme/0000/{name}" for name in ("arrivals/1", "arrivals/2", "body", "record.json")]


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ([False], []),
        ([True, False], ["acme/0000/body"]),
        ([True, True, False], ["acme/0000/arrivals/1", "acme/0000/body"]),
    ],
)
def test_out_of_time_nothing_more_is_stored(aws: World, answers: list[bool], kept: list[str]) -> None:
    """A record without its body would pass for the whole, so the body comes first."""
    in_time = iter(answers)
    with pytest.raises(DependencyUnavailable, match="TimeoutError"):
        Quarantine(aws.s3, aws.bucket, "acme").store("0000", b"x", {"delivery_id": "1"}, lambda: next(in_time))

    assert [item["Key"] for item in aws.s3.list_objects_v2(Bucket=aws.bucket).get("Contents", [])] == kept
