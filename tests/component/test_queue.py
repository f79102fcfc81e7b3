"""The events of one request: one call as far as SQS takes them, and stored means all of them."""

from typing import Any
from unittest.mock import Mock

import pytest

from aws_client.errors import AwsServiceError
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.storage.queue import EventQueue
from tests.support.faults import calls_of, new_client
from tests.support.world import World

SQS_LIMIT = 262_144

SIZES: dict[str, tuple[list[int], list[int]]] = {
    "one": ([1_000], []),
    "ten": ([1_000] * 10, [10]),
    "eleven": ([1_000] * 11, [10, 1]),
    "exactly full, twice": ([SQS_LIMIT // 2] * 4, [2, 2]),
    "one byte over": ([SQS_LIMIT // 2, SQS_LIMIT // 2 + 1], [1, 1]),
    "bytes, not characters": ([SQS_LIMIT // 4 + 2] * 4, [3, 1]),
}


@pytest.mark.parametrize(("sizes", "batches"), SIZES.values(), ids=SIZES)
def test_all_events_are_queued_in_as_few_calls_as_can_be(aws: World, sizes: list[int], batches: list[int]) -> None:
    sqs = new_client("sqs")
    calls = calls_of(sqs, "SendMessageBatch")
    documents = [
        str(number % 10) + "ü" * ((size - 1) // 2) + "." * ((size - 1) % 2) for number, size in enumerate(sizes)
    ]
    assert [len(document.encode()) for document in documents] == sizes

    EventQueue(sqs, aws.queue_url).send(documents, "acme")

    assert sorted(aws.queued()) == sorted(documents)
    assert [len(call["Entries"]) for call in calls] == batches
    assert all(entry["MessageGroupId"] == "acme" for call in calls for entry in call["Entries"])
    assert all(sum(len(entry["MessageBody"].encode()) for entry in call["Entries"]) <= SQS_LIMIT for call in calls)


@pytest.mark.parametrize(
    "answer",
    [
        {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "Code": "InternalError"}]},
        {"Failed": [{"Id": "0"}, {"Id": "1"}]},
        {"Successful": [{"Id": "1"}]},  # one isn't mentioned
        {},
        AwsServiceError("SendMessageBatch", "QueueDoesNotExist"),
    ],
)
def test_what_is_not_queued_as_a_whole_is_not_acknowledged(answer: Any) -> None:
    queue = Mock(send_message_batch=Mock(side_effect=[answer]))
    with pytest.raises(DependencyUnavailable, match="queue"):
        EventQueue(queue, "https://queue").send(["a", "b"], "acme")
