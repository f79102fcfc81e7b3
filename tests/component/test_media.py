"""The files of published messages are stored once, and it is told once what became of them, whatever fails between."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from typing import Any
from unittest.mock import Mock

import pytest

from aws_client import AwsServiceError
from gateway.operations.queues import arn_of
from inbound_sms.errors import ConfigurationError, DependencyUnavailable, InvalidPayload
from inbound_sms.events import Media
from inbound_sms.storage.queue import EventQueue
from inbound_sms_subscriber import MediaFailed, MediaStored, MissingFile, StoredFile, event_of
from inbound_sms_subscriber.testing import message
from media import Copier
from media_credentials import MediaSecretsStore
from media_fetch import File
from media_links import NotFetched, Source
from media_store import MediaStore
from tests.component.conftest import Counts
from tests.support.boto import REGION
from tests.support.calls import Listened
from tests.support.memory import Memory
from tests.support.queued import sqs_record
from tests.support.template import decided, resources
from tests.support.world import NOW, World

JPEG, PNG = File(b"\xff\xd8\xff\xe0 picture", None), File(b"\x89PNG\r\n\x1a\n picture", None)
PAGE = File(b" <!DOCTYPE html><p>Log in", None)
LINKS = ("https://files.acme.test/1", "https://files.acme.test/2")
LATER, NEVER = NotFetched("answered with 429"), NotFetched("answered with 410", final=True)


@dataclass
class Desk:
    """The function, and what it works on. `fetch` takes the place of the network: the files, or what is raised."""

    aws: World
    fetch: Mock

    @property
    def asked(self) -> list[str]:
        return [each.args[0] for each in self.fetch.mock_calls]

    @property
    def copier(self) -> Copier:
        return Copier(
            fetcher=Mock(fetch=self.fetch),
            store=MediaStore(self.aws.s3, "media"),
            events=EventQueue(self.aws.sqs, self.aws.queue_url),
            dead_letters=EventQueue(self.aws.sqs, f"{self.aws.queue_url}-dead"),
            credentials=lambda _: (),
            hosts=(),
            max_receives=6,
            run_seconds=60,
        )

    def stored(self) -> dict[str, bytes]:
        keys = [each["Key"] for each in self.aws.s3.list_objects_v2(Bucket="media").get("Contents", [])]
        return {key: self.aws.s3.get_object(Bucket="media", Key=key)["Body"].read() for key in keys}

    def published(self) -> list[Any]:
        """Return what the fan-out publishes of what is queued, as a subscriber reads it."""
        records = [sqs_record(f"sqs-{n}", body) for n, body in enumerate(self.aws.queued())]
        again = self.aws.fanout(NOW).handle(records)  # what came while another copy was under way
        assert self.aws.fanout(NOW + 100).handle([each for each in records if each["messageId"] in again]) == set()
        return [event_of(json.dumps(each)) for each in self.aws.published()]


Made = Callable[..., Desk]


@pytest.fixture
def desk(aws: World) -> Made:
    aws.s3.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.sqs.create_queue(QueueName="events-dead")
    return lambda *found: Desk(aws, Mock(side_effect=found))


def mms(links: tuple[str | None, ...] = LINKS, **fields: Any) -> str:
    media = tuple(Media(url=link, content_type="image/gif") for link in links)
    said = {"message_id": "MM1", "media": media, "delivery_id": "delivery-1"} | fields
    return message("private text", **said).to_json()


def test_every_file_is_stored_and_one_event_says_where(desk: Made, counts: Counts) -> None:
    at = desk(JPEG, odd := File(b"%PDX", "Application/X-Odd; a=b"))

    assert at.copier.copy(mms(), 1)
    [event] = at.published()
    assert isinstance(event.data, MediaStored)
    assert (event.id, event.data.event_id) == ("acme/MM1#media", "acme/MM1")
    assert (event.data.recipient.number, event.subject) == ("+447700900002", "+447700900002")
    objects = at.stored()
    assert [objects[file.key] for file in event.data.files] == [JPEG.content, odd.content]
    assert [file.content_type for file in event.data.files] == ["image/jpeg", "application/x-odd"]
    assert [(file.bytes, file.sha256) for file in event.data.files] == [
        (len(each), sha256(each).hexdigest()) for each in (JPEG.content, odd.content)
    ]
    [record] = [json.loads(objects[key]) for key in objects if key.endswith("/event.json")]
    assert record["data"]["sender"]["number"] == "+447700900001"
    assert counts()["MediaStored"] == 2


def test_another_run_fetches_only_what_is_missing_and_a_repeat_nothing(desk: Made) -> None:
    at = desk(JPEG, LATER, PNG)

    assert not at.copier.copy(mms(), 1)
    assert at.published() == []
    [record] = [json.loads(each) for key, each in at.stored().items() if key.endswith("/event.json")]
    assert record["sender"]["number"] == "+447700900001", "whose the first file is, though the second is missing"
    for receives in (2, 3, 3):
        assert at.copier.copy(mms(), receives)
    assert [each.type for each in at.published()] == [MediaStored.TYPE]
    for delivery in ("delivery-1", "delivery-2"):
        assert at.copier.copy(mms(delivery_id=delivery), 1)
    assert (at.published(), at.aws.quarantined()) == ([], []), "a repeat is a duplicate, never a conflict"
    assert at.asked == [*LINKS, LINKS[1]]


@pytest.mark.parametrize(
    ("found", "receives", "given_up"),
    [
        ((LATER, JPEG), 1, False),
        ((LATER, JPEG), 5, False),
        ((LATER, JPEG), 6, True),
        ((NEVER, JPEG), 1, True),
        ((NEVER, LATER), 1, False),
        ((NEVER, NEVER), 1, True),
        ((PAGE, JPEG), 1, False),
    ],
)
def test_what_is_given_up_is_told_and_kept_and_comes_back_by_a_redrive(
    found: tuple[Any, ...], receives: int, given_up: bool, desk: Made, counts: Counts
) -> None:
    at, body = desk(*found), mms()
    missing = [each for each in found if each is not JPEG]

    assert at.copier.copy(body, receives) is given_up
    failed, dead = at.published(), at.aws.queued(f"{at.aws.queue_url}-dead")
    assert dead == ([body] if given_up else [])
    assert [each.id for each in failed] == (["acme/MM1#media-failed"] if given_up else [])
    assert counts().get("MediaFailed", 0) == (len(missing) if given_up else 0)
    for event in failed:
        kinds = [StoredFile if each is JPEG else MissingFile for each in found]
        assert [type(file) for file in event.data.files] == kinds
        at.fetch.side_effect = missing
        at.copier.copy(body, 6)
        assert at.published() == [], "the same failure is not told again"
        at.fetch.side_effect = [PNG] * 2
        assert at.copier.copy(body, 1)
        assert [each.type for each in at.published()] == [MediaStored.TYPE]


@pytest.mark.parametrize(
    ("links", "reason"),
    [((None, LINKS[0]), "the provider gave no link"), ((LINKS[0],) * 21, "too many files")],
    ids=["no link", "too many"],
)
def test_what_is_not_even_asked_for_is_given_up_at_once(links: tuple[Any, ...], reason: str, desk: Made) -> None:
    at = desk(*[JPEG] * 20)

    assert at.copier.copy(mms(links), 1)
    [event] = at.published()
    assert [file.failure for file in event.data.files if isinstance(file, MissingFile)] == [reason]


@pytest.mark.parametrize(("is_there", "kind"), [(True, MediaStored), (False, MediaFailed)], ids=["stored", "failed"])
def test_wherever_a_run_dies_the_next_one_ends_it_and_one_event_comes(
    is_there: bool, kind: Any, memory: Memory
) -> None:
    """Each call of a run fails once, in turn, until a run has no more calls to fail."""

    def fetch(url: str, *_: Any) -> File:
        if url == LINKS[1] and not is_there:
            raise NEVER
        return JPEG

    for deadly in count():
        calls = count()

        def die(_: Any) -> None:
            if next(calls) == deadly:  # noqa: B023
                raise ConnectionError

        dying = replace(memory, s3=Listened("s3", memory.s3, die), sqs=Listened("sqs", memory.sqs, die))
        body = mms(provider=f"acme-{deadly}")
        with suppress(ConnectionError):
            assert Desk(dying, Mock(side_effect=fetch)).copier.copy(body, 1)
            assert next(calls) == deadly, "each call was the deadly one"
            return
        assert Desk(memory, Mock(side_effect=fetch)).copier.copy(body, 2)
        told = [event_of(each) for each in memory.queued() if each != body]  # which is a dead letter
        [(type_, _, _)] = {(event.type, event.id, event.data.fingerprint) for event in told}
        assert type_ == kind.TYPE


def test_of_two_runs_side_by_side_both_tell_of_the_file_that_was_first(desk: Made) -> None:
    s3 = desk().aws.s3
    first = MediaStore(s3, "media").put("k", JPEG.content, None)
    # As the second one finds it; moto doesn't know the condition.
    refused = Mock(side_effect=AwsServiceError("PutObject", "PreconditionFailed"))
    second = MediaStore(Mock(get_object=s3.get_object, put_object=refused), "media")

    assert second.put("k", PNG.content, "image/png").sha256 == first.sha256
    assert refused.call_args.kwargs["IfNoneMatch"] == "*"


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (None, ()),
        ('{"basic": [{"username": "SK1", "password": "12345678"}]}', ("Basic U0sxOjEyMzQ1Njc4",)),
        ('{"authorization": ["Bearer 12345678"]}', ("Bearer 12345678",)),
        ('{"hmac": ["12345678"]}', None),
        ("{", None),
    ],
)
def test_what_a_download_takes_is_in_a_parameter_of_its_own(
    parameter: str | None, expected: tuple[str, ...] | None, memory: Memory
) -> None:
    if parameter:
        memory.ssm.put_parameter(Name="/p/acme/media", Value=parameter)
    store = MediaSecretsStore(memory.ssm, "/p/acme/media", 300)
    if expected is None:
        with pytest.raises(ConfigurationError, match="/p/acme/media"):
            store.values()
    else:
        assert store.values() == expected


@pytest.mark.parametrize(
    "cause", [ConfigurationError("parameter /p/acme/media: basic missing"), DependencyUnavailable("parameter /p/acme")]
)
def test_credentials_that_cannot_be_read_concern_their_hosts_only_and_are_nothing_for_subscribers(
    cause: Exception, desk: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("media.source_of", lambda *_: Source(("files.acme.test",), ("open.acme.test",)))
    at, links = desk(PNG), (LINKS[0], "https://open.acme.test/2")
    copier = replace(at.copier, credentials=Mock(side_effect=cause))

    assert not copier.copy(mms(links), 1), "it is tried later"
    assert copier.copy(mms(links), 6)
    [event] = at.published()
    assert isinstance(event.data, MediaFailed)
    [missing, stored] = event.data.files
    assert (missing, type(stored)) == (MissingFile(failure="credentials can't be read"), StoredFile)
    assert at.asked == [links[1]]
    assert str(cause) in {getattr(each, "cause", "") for each in caplog.records}


def test_what_is_no_message_is_refused_and_what_has_no_media_is_done(desk: Made) -> None:
    at = desk()
    assert at.copier.copy(message("Hello").to_json(), 1)
    with pytest.raises(InvalidPayload):
        at.copier.copy("{}", 1)
    assert at.published() == []


# ---- What feeds it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("email", "whole_texts_too"), [("", False), ("a@example.com", True)])
def test_the_queue_gets_messages_with_media_of_the_chosen_providers(
    email: str, whole_texts_too: bool, aws: World
) -> None:
    subscription = decided(resources("AWS::SNS::Subscription")["MediaSubscription"]["Properties"], MessagesEmail=email)
    queue = aws.sqs.create_queue(QueueName="media")["QueueUrl"]
    policy = json.dumps(subscription["FilterPolicy"]).replace('{"Ref": "CopyMediaOf"}', '["acme", "other"]')
    aws.sns.subscribe(
        TopicArn=aws.topics["messages"],
        Protocol="sqs",
        Endpoint=arn_of(aws.sqs, queue),
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicyScope": subscription["FilterPolicyScope"],
            "FilterPolicy": policy,
        },
    )

    bodies = {
        "mms": mms(),
        "text": message("Hello", message_id="T1").to_json(),
        "no links": mms((None,), provider="acme"),
        "another's": mms(provider="strange"),
        "told": json.dumps({**json.loads(mms()), "type": MediaStored.TYPE, "id": "acme/MM1#media"}),
    }
    for at, body in enumerate(bodies.values()):
        aws.fanout(NOW + at).handle([sqs_record(f"sqs-{at}", json.dumps({**json.loads(body), "id": f"acme/{at}"}))])

    received = {json.loads(body)["id"] for body in aws.queued(queue)}
    assert received == {"acme/0", *(("acme/1", "acme/2") if whole_texts_too else ())}
