"""What a run costs, by AWS's list prices (`bench/price_list.py`)."""

from bench.price_list import PRICES
from bench.scale.result import Result
from bench.scale.stack import Stack
from bench.scale.times import Times

LOG_BYTES = 700  # of a message: its lines in both functions and the access log (bench/results.md, rounded up)


def cost(result: Result, stack: Stack, times: Times) -> float:
    """Return the dollars of a run. Requests that API Gateway throttles are free."""
    counted = {
        "API Gateway": result.taken,
        "Lambda requests": result.taken + result.batches,
        "Lambda time": (result.taken * times.webhook + result.worker_seconds) * stack.memory / 1024,
        "SQS": result.taken + 2 * max(result.batches, result.received / 10),  # send; receive and delete by tens
        "DynamoDB": result.writes,
        "SNS": result.publications,
        "CloudWatch Logs": result.taken * LOG_BYTES,
        "Lambda pollers": result.poller_seconds / 3600,
    }
    return sum(PRICES[what].of(amount) for what, amount in counted.items())
