"""Logs and metrics. No secret, number, path or text of a message goes through here.

The handlers use neither `inject_lambda_context` nor `log_event`, so no setting of the environment can make Powertools
log an event.
"""

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

logger = Logger()
metrics = Metrics(namespace="InboundSms")


def count(name: str, number: int = 1) -> None:
    """Counts something; counts are written when the handler calls `flush`."""
    if number:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)


def flush() -> None:
    """Writes the metrics of this invocation, in CloudWatch's embedded metric format."""
    if metrics.metric_set:
        metrics.flush_metrics()
