"""Forwards notifications to an application, as SNS delivers them to an HTTP endpoint."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import httpx

from gateway.simulator import Attempt, Delivery, Post, Retries, Verdict, deliver, send

_TOO_MANY_REQUESTS = 429


def _read(status: int, _body: bytes) -> Verdict:
    """SNS docs, message delivery retries: 2xx is success; of 4xx, only 429 is tried again."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.AGAIN if status == _TOO_MANY_REQUESTS or status >= 500 else Verdict.GIVEN_UP


# SNS waits 15 s for a response. It tries 50 times within an hour; whoever develops wants to know sooner.
RETRIES = Retries(waits=(1, 2, 4), timeout=15, read=_read)


@dataclass(frozen=True)
class Forwarder:
    """Forwards to a URL: the event alone, as with raw message delivery, or (`wrapped`) in the envelope of SNS.

    `wait` is called with the seconds before another attempt and the attempt that failed.
    """

    client: httpx.Client
    url: str
    wrapped: bool
    wait: Callable[[float, Attempt], object]

    def forward(self, envelope: str) -> Delivery:
        """Forward a notification of SNS; return every attempt."""
        return deliver(self._post(envelope), RETRIES, partial(send, self.client), wait=self.wait)

    def _post(self, envelope: str) -> Post:
        notification = json.loads(envelope)
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",  # SNS docs: of both forms
            "User-Agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": "Notification",
            "x-amz-sns-message-id": notification["MessageId"],
            "x-amz-sns-topic-arn": notification["TopicArn"],
        }
        if self.wrapped:
            return Post(self.url, headers, envelope.encode())
        return Post(self.url, headers | {"x-amz-sns-rawdelivery": "true"}, notification["Message"].encode())
