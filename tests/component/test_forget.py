"""`gateway forget`, over a world in memory: all of one person goes, in every version, and nothing of anybody else."""

import time
from typing import Any

import pytest

from gateway.errors import WrongUsage
from gateway.operations.forgetting import Person
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from tests.support.boto import REGION
from tests.support.installed import Desk
from tests.support.queued import Queued, sqs_record

PERSON, OTHER = "+447700900001", "+447700900003"
STORES = ["claims and parts", "claims and parts", "dead letters of events", "media", "payloads", "quarantine"]
HOUR = 3_600


@pytest.fixture
def kept(office: Desk) -> Desk:
    """Return a desk whose gateway keeps something of two persons in each place, since two hours ago."""
    s3 = office.aws.s3
    put_media(office)
    for bucket in (office.aws.bucket, office.aws.payloads, "media"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number, person in enumerate((OTHER, PERSON)):
        body = f"From=%2B{person[1:]}&Body=Hi".encode()
        for delivery in ("1", "2"):
            Quarantine(s3, office.aws.bucket, "acme").store(f"hash-{number}", body, {"delivery_id": delivery})
        PayloadStore(s3, office.aws.payloads, "acme").store(f'{{"from": "{person}"}}'.encode())
        s3.put_object(Bucket="media", Key=f"acme/hash-{number}/1", Body=PERSON.encode())  # a picture may hold anything
        s3.put_object(Bucket="media", Key=f"acme/hash-{number}/event.json", Body=f'{{"sender": "{person}"}}'.encode())
        put_parts(office, person)
        office.aws.claims(time.time() - 2 * HOUR).claim(f"acme/1:{person}:delivered", "delivery-1", "f")
        letter = Queued(f"letter-{number}", sender=person).document
        office.aws.sqs.send_message(QueueUrl=office.dead, MessageBody=letter)
    s3.delete_object(Bucket=office.aws.bucket, Key="acme/hash-1/body")  # replayed: a version is still there
    return office


def put_media(office: Desk) -> None:
    office.aws.s3.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": REGION})
    queues = [office.aws.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("media", "media-dead")]
    names = ("MediaFunctionName", "MediaQueueUrl", "MediaDeadLettersUrl", "MediaBucketName")
    office.outputs.update(zip(names, ("fn-media", *queues, "media"), strict=True))


def put_parts(office: Desk, person: str, ago: float = 2 * HOUR) -> None:
    part = Queued(f"part-{person[-1]}", sender=person, place=(7, 2, 1))
    office.aws.fanout(time.time() - ago).handle([sqs_record("1", part.document)])


def stores(held: list[dict[str, Any]]) -> list[str]:
    return [each["store"] for each in held]


def test_all_of_a_person_goes_in_every_version_and_nothing_of_anybody_else(kept: Desk) -> None:
    shown = kept.json("forget", PERSON, "--dry-run")
    assert sorted(stores(shown["held"])) == STORES
    assert not any(each["removed"] or each["at_work"] for each in shown["held"])
    assert PERSON[1:] not in str(shown)

    done = kept.run("forget", PERSON, "--yes")
    assert done.exit_code == 0, done.output
    assert [line.split()[-3:-1] for line in done.stdout.splitlines()[1:5]] == [["1", "1"]] * 3 + [["2", "2"]]
    assert "subscribers have it" in done.stdout
    assert PERSON[1:] not in done.output

    assert kept.json("forget", PERSON, "--yes")["held"] == []
    left = kept.json("forget", OTHER, "--dry-run")["held"]
    assert stores(left) == stores(shown["held"])
    for bucket in (kept.aws.bucket, kept.aws.payloads, "media"):
        listed = kept.aws.s3.list_object_versions(Bucket=bucket)
        assert not any("hash-1" in each["Key"] for each in (*listed["Versions"], *listed.get("DeleteMarkers", [])))


def test_what_waits_in_a_queue_is_told_as_beyond_reach(office: Desk) -> None:
    put_media(office)
    office.outputs["AcmeTopicQueueUrl"] = office.aws.sqs.create_queue(QueueName="acme-topic")["QueueUrl"]
    office.outputs["AcmeTopicDeadLettersUrl"] = office.dead
    for url in (office.outputs["MediaQueueUrl"], office.aws.queue_url, office.outputs["AcmeTopicQueueUrl"]):
        office.aws.sqs.send_message(QueueUrl=url, MessageBody=Queued(sender=PERSON).document)

    beyond = " ".join(office.json("forget", PERSON, "--yes")["beyond_reach"])
    assert "Events on their way: 2 are" in beyond
    assert "Messages whose files are being copied: 1. Run it again in two hours" in beyond
    office.outputs.pop("MediaFunctionName")
    assert "files" not in " ".join(office.json("forget", PERSON, "--yes")["beyond_reach"])


def test_it_asks_before(office: Desk) -> None:
    office.aws.sqs.send_message(QueueUrl=office.dead, MessageBody=Queued(sender=PERSON).document)
    refused = office.run("forget", PERSON, typed="n\n")
    assert (refused.exit_code, "Remove 1 for good?" in refused.output) == (1, True)
    assert office.run("forget", PERSON, "--json").exit_code == 2
    assert stores(office.json("forget", PERSON, "--dry-run")["held"]) == ["dead letters of events"]
    assert office.run("forget", PERSON, typed="y\n").exit_code == 0
    assert office.json("forget", PERSON, "--dry-run")["held"] == []


def test_what_is_at_work_is_left_and_said(office: Desk) -> None:
    put_parts(office, PERSON, ago=5)
    left = office.json("forget", PERSON, "--yes", status=1)["held"]
    assert [(each["store"], each["at_work"], each["removed"]) for each in left] == [("claims and parts", True, False)]
    assert "at work still" in office.run("forget", PERSON, "--yes").stdout


def test_how_a_number_may_be_written() -> None:
    person = Person(["+61 480 000 000", "0480000000"])
    for content in (
        b'{"from": "+61480000000"}', b"from=61480000000&to=1", b"from=%2B61480000000", b"from=%2061480000000",
        b"0061480000000", b"+61 (480) 000-000", "+61480000000".encode("utf-16-le"), b"0480 000 000",
    ):  # fmt: skip
        assert person.is_in(content), content
    for content in (b"614800000001", b"161480000000", b"+61480000001"):
        assert not person.is_in(content), content


@pytest.mark.parametrize("number", ["", "+", "12345", "abc"])
def test_what_could_be_anything_is_refused(number: str) -> None:
    with pytest.raises(WrongUsage):
        Person(["+61480000000", number])
