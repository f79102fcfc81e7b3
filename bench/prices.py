"""What a million messages cost, from what was counted and AWS's list prices.

What is left out, for both alike: free tiers and discounts, taxes, data transfer, flat monthly prices (alarms, custom
metrics, encryption keys), the storage of claims and logs, receives of an empty queue (which shrink as traffic grows),
and what subscribers pay. SNS delivers to SQS and Lambda for nothing; HTTPS costs $0.60 a million more.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from bench import price_list
from bench.function import Artifact
from bench.measure import Measured, Work
from bench.price_list import AS_OF, MILLION, Price
from bench.stats import Spread
from bench.traffic import BATCH

__all__ = ["AS_OF", "PRICES", "Line", "bill", "billed_ms"]

_FULL_CPU_MB = 1_769  # Lambda, "Configure memory": there a function has one whole processor; with less, that share

# The lines that Lambda writes for each invocation, unless it is told not to: START, END, REPORT.
_PLATFORM_LOG_BYTES = 265


# Those of the table that a message has a part in.
_BILLED = (
    *("API Gateway", "Lambda requests", "Lambda time", "SQS", "DynamoDB", "SNS"),
    *("CloudWatch Logs", "Parameter Store"),
)
PRICES: Mapping[str, Price] = {name: price_list.PRICES[name] for name in _BILLED}


class Line(NamedTuple):
    """One line of the bill: how much of it a message needs, and what a million messages pay for it."""

    price: str
    what: str
    per_message: float
    dollars: float


def bill(
    measured: Measured, webhook: Artifact, consumer: Artifact, *, access_log_bytes: int, delay_seconds: float
) -> list[Line]:
    """Return the bill of a million messages that these two functions handled as measured, each AWS call so long."""
    webhooks, batches = len(measured.webhook.wall_seconds), len(measured.consumer.wall_seconds)
    messages = batches * BATCH
    sizes = [len(body.encode()) for body in measured.queued]
    receives = max(1, math.ceil(BATCH * sum(sizes) / len(sizes) / 65_536)) / BATCH

    def line(price: str, what: str, per_message: float) -> Line:
        return Line(price, what, per_message, PRICES[price].of(per_message * MILLION))

    return [
        line("API Gateway", "webhook", 1),
        line("Lambda requests", "webhook", 1),
        line("Lambda requests", f"consumer, a batch of {BATCH}", 1 / BATCH),
        line("Lambda time", "webhook", _gb_seconds(measured.webhook, webhook.memory_mb, delay_seconds)),
        line("Lambda time", "consumer", _gb_seconds(measured.consumer, consumer.memory_mb, delay_seconds) / BATCH),
        line("SQS", "send", _units(measured.webhook, "SendMessage", "SendMessageBatch") / webhooks),
        line("SQS", "receive (Lambda's poller)", receives),
        line("SQS", "delete (Lambda's poller)", 1 / BATCH),
        line("DynamoDB", "writes", _units(measured.consumer, "PutItem", "UpdateItem") / messages),
        line("SNS", "publish", _units(measured.consumer, "Publish", "PublishBatch") / messages),
        line("CloudWatch Logs", "webhook", measured.webhook.log_bytes / webhooks + _platform_log_bytes(webhook)),
        line(
            "CloudWatch Logs",
            "consumer",
            (measured.consumer.log_bytes / batches + _platform_log_bytes(consumer)) / BATCH,
        ),
        line("CloudWatch Logs", "access log of the API", access_log_bytes),
    ]


def billed_ms(waited_seconds: float, cpu_seconds: float, memory_mb: int) -> int:
    """Return what Lambda would bill for an invocation, in whole milliseconds.

    The time that it waited, and the time that its work takes with the share of a processor that its memory buys; a
    core of this machine stands for one of Lambda's.
    """
    return math.ceil(1000 * (waited_seconds + cpu_seconds * max(1.0, _FULL_CPU_MB / memory_mb)))


def _platform_log_bytes(artifact: Artifact) -> int:
    return _PLATFORM_LOG_BYTES if artifact.is_each_run_logged else 0


def _gb_seconds(work: Work, memory_mb: int, delay_seconds: float) -> float:
    """Of the middle invocation, which waits for its round trips to AWS and for nothing else: neither the mean nor the
    wall clock, which would bill Lambda's customers for what else this machine does.
    """
    waited = Spread.of(work.rounds).median * delay_seconds
    each = [billed_ms(waited, cpu, memory_mb) for cpu in work.cpu_seconds]
    return Spread.of(each).median / 1000 * memory_mb / 1024


def _units(work: Work, *operations: str) -> int:
    return sum(work.units[operation] for operation in operations)
