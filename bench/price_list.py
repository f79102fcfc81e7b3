"""AWS's list prices: the one table that the benchmark, the simulation and docs/cost.md take theirs from."""

from collections.abc import Mapping
from typing import NamedTuple

AS_OF = "us-east-1, first tier, without the free tier; as of November 2026"
MILLION = 1_000_000
_GB = 1e9
_CLOUDWATCH = "aws.amazon.com/cloudwatch/pricing"
_DYNAMODB = "aws.amazon.com/dynamodb/pricing"
_LAMBDA = "aws.amazon.com/lambda/pricing"
_SNS = "aws.amazon.com/sns/pricing"


class Price(NamedTuple):
    """A list price: dollars for so many of something, and AWS's page that says so."""

    dollars: float
    per: float
    unit: str
    page: str

    def of(self, quantity: float) -> float:
        """Return the price of a quantity."""
        return quantity * self.dollars / self.per


PRICES: Mapping[str, Price] = {
    "API Gateway": Price(1.00, MILLION, "HTTP API request, 512 KB each", "aws.amazon.com/api-gateway/pricing"),
    "Lambda requests": Price(0.20, MILLION, "request", _LAMBDA),
    "Lambda time": Price(0.0000133334, 1, "GB-second, arm64", _LAMBDA),
    "Lambda pollers": Price(0.00925, 1, "hour of a provisioned poller (as third parties quote it)", _LAMBDA),
    "SQS": Price(0.40, MILLION, "request to a standard queue, 64 KB each", "aws.amazon.com/sqs/pricing"),
    "DynamoDB": Price(0.625, MILLION, "on-demand write request unit, 1 KB each", _DYNAMODB),
    "DynamoDB storage": Price(0.25, _GB, "byte for a month (GB)", _DYNAMODB),
    "DynamoDB recovery": Price(0.20, _GB, "byte for a month that can be recovered (GB)", _DYNAMODB),
    "SNS": Price(0.50, MILLION, "publish request, 64 KB each", _SNS),
    "SNS to HTTPS": Price(0.60, MILLION, "notification", _SNS),
    "SNS to e-mail": Price(20.00, MILLION, "notification", _SNS),
    "CloudWatch Logs": Price(0.50, _GB, "byte ingested (GB)", _CLOUDWATCH),
    "CloudWatch Logs storage": Price(0.03, _GB, "byte for a month, compressed (GB)", _CLOUDWATCH),
    "CloudWatch alarms": Price(0.10, 1, "month of a metric that an alarm watches", _CLOUDWATCH),
    "CloudWatch metrics": Price(0.30, 1, "month of a metric of one's own, by the hour", _CLOUDWATCH),
    "CloudWatch dashboards": Price(3.00, 1, "month of a dashboard", _CLOUDWATCH),
    "X-Ray": Price(5.00, MILLION, "trace recorded", "aws.amazon.com/xray/pricing"),
    "KMS key": Price(1.00, 1, "month of a key of one's own", "aws.amazon.com/kms/pricing"),
    "KMS requests": Price(0.03, 10_000, "request", "aws.amazon.com/kms/pricing"),
    "Route 53": Price(0.50, 1, "month of a zone", "aws.amazon.com/route53/pricing"),
    "Parameter Store": Price(0.0, MILLION, "standard parameter, standard throughput", "aws.amazon.com/systems-manager"),
}
