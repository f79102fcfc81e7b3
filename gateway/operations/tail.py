"""Listens to an installation's topics for a while, by a queue of its own that is taken away again, however it ends.

Nobody else's messages are taken: each listener gets a copy of what is published. Should it be killed outright, its
queue stays; its name begins with that of the stack and says who listened (`-tail-`, `-console-`), and what is in it is
gone after five minutes.
"""

import json
import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import current_thread, main_thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.operations.installation import Installation
from gateway.operations.queues import arn_of, made_queue

TYPES = {
    "message": "inbound-sms.message.received.v1",
    "report": "inbound-sms.delivery.reported.v1",
    "click": "inbound-sms.link.clicked.v1",
    "consent": "inbound-sms.consent.changed.v1",
    "survey": "inbound-sms.survey.answered.v1",
    "unknown": "inbound-sms.unknown.v1",
}
_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_RETENTION_SECONDS = 300


@dataclass(frozen=True)
class Filter:
    """What to hear: each None or empty is no restriction. Numbers stand as in the attributes, `+4534735477`."""

    topic: str | None = None
    types: tuple[str, ...] = ()
    provider: str | None = None
    sender: str | None = None
    recipient: str | None = None

    @property
    def policy(self) -> dict[str, list[str]]:
        """The filter policy of the subscription: what is not asked for never comes here."""
        one = {"provider": self.provider, "sender": self.sender, "recipient": self.recipient}
        policy = {name: [value] for name, value in one.items() if value}
        return policy | ({"type": list(self.types)} if self.types else {})


class Listener:
    """A queue that gets what is published."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def arrived(self, seconds: int) -> list[str]:
        """Wait for events, up to some seconds; return those that came, as they were published, or wrapped."""
        messages = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds).get(
            "Messages", []
        )
        if messages:
            taken = [{"Id": str(n), "ReceiptHandle": it["ReceiptHandle"]} for n, it in enumerate(messages)]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=taken)
        return [message["Body"] for message in messages]


@contextmanager
def listening(
    installation: Installation, wanted: Filter, who: str = "tail", *, wrapped: bool = False
) -> Iterator[Listener]:
    """Return a listener that hears what is published from now on; `wrapped` in the envelope of SNS.

    While the queue and its subscriptions are made, and while they are taken away, Ctrl-C waits: no answer of AWS that
    names what there is to take away is lost. Raises what boto3 raises; at the end only where nothing else went wrong.
    """
    topics = installation.deployed.topics
    both = {"messages": topics.messages, "delivery": topics.delivery}
    heard = [both[wanted.topic]] if wanted.topic else list(both.values())
    sqs, sns = installation.client("sqs"), installation.client("sns")
    made = ExitStack()
    try:
        with _undisturbed():
            name = f"{installation.name[:60]}-{who}-{secrets.token_hex(4)}"
            url = made_queue(sqs, name, _attributes(heard), local=installation.local is not None)
            made.callback(sqs.delete_queue, QueueUrl=url)
            arn = arn_of(sqs, url)
            for topic in heard:
                made.callback(sns.unsubscribe, SubscriptionArn=_subscribe(sns, topic, arn, wanted, wrapped=wrapped))
        yield Listener(sqs, url)
    except BaseException:
        with _undisturbed(), suppress(BotoCoreError, ClientError):
            made.close()
        raise
    with _undisturbed():
        made.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the signals that end us waiting until the block is left. (A mask would hold for this thread only, and
    Python handles in the main thread what another one got.)
    """
    if current_thread() is not main_thread():  # signals never disturb another
        yield
        return
    came: list[int] = []
    heeded = [signum for signum in _ENDING if signal.getsignal(signum) is not signal.SIG_IGN]
    before = {signum: signal.signal(signum, lambda signum, _frame: came.append(signum)) for signum in heeded}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
        if came:
            signal.raise_signal(came[0])


def _attributes(topics: list[str]) -> dict[str, str]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",  # in a queue's policy: this queue
        "Condition": {"ArnEquals": {"aws:SourceArn": topics}},
    }
    return {
        "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        "MessageRetentionPeriod": str(_RETENTION_SECONDS),
        "SqsManagedSseEnabled": "true",
    }


def _subscribe(sns: Any, topic: str, queue: str, wanted: Filter, *, wrapped: bool) -> str:
    attributes = {"RawMessageDelivery": "false" if wrapped else "true"}
    if wanted.policy:
        attributes["FilterPolicy"] = json.dumps(wanted.policy)
    subscribed = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes, ReturnSubscriptionArn=True
    )
    arn: str = subscribed["SubscriptionArn"]
    return arn
