"""Logs and metrics. No secret, phone number, URL path or text of a message may be passed to anything in here.

The handlers use neither `inject_lambda_context` nor `log_event`, so no environment variable can make Powertools log an
event.
"""

import logging
import os
import sys
import time
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics
from pydantic_core import to_json

_VERSION = {"version": version} if (version := os.environ.get("GATEWAY_VERSION")) else {}  # in every line

# Without an RFC 3339 timestamp, Lambda treats every line as INFO (its docs, "Log-level filtering").
logger = Logger(use_rfc3339=True)
logger.append_keys(**_VERSION)
# Powertools would adopt Lambda's own level, which template.yaml keeps at INFO or below so that metrics get through.
logging.getLogger(logger.name).setLevel(os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"))
# Lambda sets the root logger, and thereby every library's, to its own level; libraries might log parts of a message.
logging.getLogger().setLevel(logging.WARNING)
metrics = Metrics(namespace="InboundSms")
_dimensions: dict[str, str] = {}


def set_dimensions(**dimensions: str) -> None:
    """Set the dimensions that distinguish this function's metrics from those of others, such as `provider`."""
    _dimensions.update(dimensions)


def count(name: str, number: int = 1) -> None:
    """Add to a metric. Metrics are written when the handler calls `flush`."""
    if number:
        counted = metrics.metric_set.setdefault(name, {"Unit": "Count", "StorageResolution": 60, "Value": []})
        counted["Value"].append(float(number))


def annotate(**details: Any) -> None:
    """Add details to the line that holds the metrics, which saves a log line (and its price) for each message."""
    metrics.metadata_set.update(details)


def flush() -> None:
    """Write the metrics and annotations since the last call, in CloudWatch's embedded metric format.

    Each metric is recorded for the installation as a whole (dimension `service`: an alarm can't sum over dimensions
    that it doesn't know) and, where `set_dimensions` was called, for those dimensions as well.

    Powertools would write the same line, but validating our own names and formatting debug messages that are then
    dropped takes a tenth of a webhook's CPU time.
    """
    if not metrics.metric_set:
        return
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": metrics.namespace,
                    "Dimensions": [[*_dimensions, "service"], ["service"]] if _dimensions else [["service"]],
                    "Metrics": [{"Name": name, "Unit": metric["Unit"]} for name, metric in metrics.metric_set.items()],
                }
            ],
        },
        **_dimensions,
        "service": metrics.service,
        **_VERSION,
        **metrics.metadata_set,
        **{name: metric["Value"] for name, metric in metrics.metric_set.items()},
    }
    sys.stdout.write(f"{to_json(line).decode()}\n")  # in one piece: each write to Lambda's log is a system call
    metrics.clear_metrics()
