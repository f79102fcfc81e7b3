"""What `gateway tail` listens by: a queue of its own, which is gone afterwards, however it ends."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from typing import Any
from unittest.mock import Mock

import boto3
import pytest

from gateway.cli import common
from gateway.operations.forwarding import Forwarder
from gateway.operations.installation import Installation
from gateway.operations.tail import TYPES, Filter, listening
from gateway.simulator import new_client
from tests.component.conftest import Clients
from tests.support.boto import REGION
from tests.support.loopback import answer, hang_up, loopback
from tests.support.queued import Queued
from tests.support.world import World


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """As the command line sets it: whoever runs the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def left_over(aws: World) -> tuple[list[str], int]:
    """Return the queues of listeners, and how many subscriptions there are besides those of the inboxes."""
    queues = [url for url in aws.sqs.list_queues().get("QueueUrls", []) if "-tail-" in url]
    return queues, len(aws.sns.list_subscriptions()["Subscriptions"]) - len(aws.inboxes)


def publish(aws: World, *texts: str) -> None:
    aws.fanout().handle([Queued(text, text=text).record for text in texts])


def test_it_hears_the_topics_alone_and_takes_nothing_from_others(aws: World, installation: Installation) -> None:
    publish(aws, "before")
    with listening(installation, Filter()) as listener:
        [[url], _] = left_over(aws)
        attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        publish(aws, "one", "two")
        assert {json.loads(body)["data"]["text"] for body in listener.arrived(1)} == {"one", "two"}
        assert listener.arrived(0) == []
    assert {event["data"]["text"] for event in aws.published()} == {"before", "one", "two"}
    assert left_over(aws) == ([], 0)

    [statement] = json.loads(attributes["Policy"])["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": list(aws.topics.values())}}
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert attributes["MessageRetentionPeriod"] == "300"


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ((), []),
        ((answer(status=503), hang_up, answer(status=429)), [1, 2, 4]),
        ((answer(status=500),) * 4, [1, 2, 4]),
        ((answer(status=404),), []),  # which SNS doesn't try again
    ],
)
def test_it_forwards_to_an_application_as_sns_would(
    aws: World, installation: Installation, answers: tuple[Any, ...], waits: list[float]
) -> None:
    waited: list[float] = []
    with listening(installation, Filter(), wrapped=True) as listener:
        publish(aws, "hello")
        [envelope] = listener.arrived(1)
    with loopback(*answers) as server, new_client() as client:
        for wrapped in (False, True):
            forwarder = Forwarder(client, server.url, wrapped, lambda seconds, _: waited.append(seconds))
            forwarder.forward(envelope)
    assert waited == waits
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]
    assert [body["data"]["text"] for body in bodies[:-1]] == ["hello"] * (len(waits) + 1)
    assert (bodies[-1]["Type"], json.loads(bodies[-1]["Message"])) == ("Notification", bodies[0])
    assert b"x-amz-sns-rawdelivery: true" in server.requests[0].lower()
    assert b"x-amz-sns-rawdelivery" not in server.requests[-1].lower()


@pytest.mark.parametrize(
    ("wanted", "heard"),
    [
        (Filter(provider="acme"), True),
        (Filter(provider="other"), False),
        (Filter(types=(TYPES["report"],)), False),
        (Filter(sender="+0"), False),
        (Filter(topic="messages"), True),
        (Filter(topic="delivery"), False),
    ],
)
def test_it_hears_what_is_asked_for(aws: World, installation: Installation, wanted: Filter, heard: bool) -> None:
    with listening(installation, wanted) as listener:
        publish(aws, "text")
        assert bool(listener.arrived(0)) == heard


@pytest.mark.parametrize("at", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize("signum", [signal.SIGINT, None])
def test_disturbed_while_it_is_made_or_taken_away_it_leaves_nothing(
    aws: World, clients: Clients, at: str, signum: int | None
) -> None:
    """Twice Ctrl-C, or an error, at the second subscription. Another thread, such as Rich's, which draws, may get the
    signal in place of the main one.
    """
    sns, calls = boto3.client("sns", region_name=REGION), count()
    real = getattr(sns, at)

    def disturbed(**parameters: Any) -> Any:
        answer = real(**parameters)
        if next(calls) == 1:
            if signum is None:
                raise RuntimeError("no answer")
            os.kill(os.getpid(), signum)
            os.kill(os.getpid(), signum)
        return answer

    clients["sns"] = Mock(wraps=sns, **{at: disturbed})
    over = Event()
    with ThreadPoolExecutor() as another_thread:
        another_thread.submit(over.wait)
        with pytest.raises((KeyboardInterrupt, RuntimeError)), listening(common.find(), Filter()):
            pass
        over.set()

    queues, subscriptions = left_over(aws)
    assert queues == []
    # Where the answer that names a subscription is an error, nobody knows it: it ends with its queue.
    assert subscriptions == (1 if (at, signum) == ("subscribe", None) else 0)
