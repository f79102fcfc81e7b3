"""What a run costs: AWS's list prices of us-east-1 in dollars, without the free tier, as of November 2026."""

from bench.scale.result import Result
from bench.scale.stack import Stack
from bench.scale.times import Times

PRICES = {
    "HTTP API, a million requests": 1.00,
    "Lambda, a million requests": 0.20,
    "Lambda on arm64, a million GB-seconds": 13.3334,
    "SQS standard, a million requests": 0.40,
    "DynamoDB on demand, a million writes": 0.625,
    "SNS, a million publications of up to 64 KB": 0.50,
    "CloudWatch Logs, a GB": 0.50,
    "Lambda's provisioned SQS poller, an hour": 0.00925,
}
_LOG_BYTES = 1_200  # of a message: its lines in both functions and the access log; an assumption


def cost(result: Result, stack: Stack, times: Times) -> float:
    """Gives the dollars of a run. Requests that API Gateway throttles are free."""
    calls_of_queue = result.taken + 2 * max(result.batches, result.received / 10)  # send; receive and delete by tens
    gb_seconds = (result.taken * times.webhook + result.worker_seconds) * stack.memory / 1024
    counted = {
        "HTTP API, a million requests": result.taken / 1e6,
        "Lambda, a million requests": (result.taken + result.batches) / 1e6,
        "Lambda on arm64, a million GB-seconds": gb_seconds / 1e6,
        "SQS standard, a million requests": calls_of_queue / 1e6,
        "DynamoDB on demand, a million writes": result.writes / 1e6,
        "SNS, a million publications of up to 64 KB": result.publications / 1e6,
        "CloudWatch Logs, a GB": result.taken * _LOG_BYTES / 1e9,
        "Lambda's provisioned SQS poller, an hour": result.poller_seconds / 3600,
    }
    return sum(PRICES[what] * amount for what, amount in counted.items())
