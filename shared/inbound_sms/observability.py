"""Logs and metrics. No secret, number, path or text of a message goes through here.

The handlers use neither `inject_lambda_context` nor `log_event`, so no setting of the environment can make Powertools
log an event.
"""

import logging
import os
import sys
import time
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics
from pydantic_core import to_json

# RFC 3339, or else Lambda takes no line for more than INFO (its docs, "Log-level filtering").
logger = Logger(use_rfc3339=True)
# Powertools would take Lambda's own level for it, which is never above INFO, so that it lets the counts through.
logging.getLogger(logger.name).setLevel(os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"))
# Lambda sets the root logger to its own level, and with it every library: none has a word to say about a message.
logging.getLogger().setLevel(logging.WARNING)
metrics = Metrics(namespace="InboundSms")
_own: dict[str, str] = {}


def set_dimensions(**dimensions: str) -> None:
    """Sets what tells this function's counts from the same counts of others: `provider="acme"`."""
    _own.update(dimensions)


def count(name: str, number: int = 1) -> None:
    """Counts something; counts are written when the handler calls `flush`."""
    if number:
        counted = metrics.metric_set.setdefault(name, {"Unit": "Count", "StorageResolution": 60, "Value": []})
        counted["Value"].append(float(number))


def note(**details: Any) -> None:
    """Says more about what is counted: one line holds both, which saves the second one that a million texts pay for."""
    metrics.metadata_set.update(details)


def flush() -> None:
    """Writes what was counted since the last time, in CloudWatch's embedded metric format, and what was noted with it.

    Each counts for the installation (dimension `service`: an alarm can't add up dimensions that it doesn't know), and
    where there is something to tell apart by, for that as well.

    Powertools would write the same line; its checks of our own names and its debug messages, formatted and dropped, are
    a tenth of a webhook's CPU.
    """
    if not metrics.metric_set:
        return
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": metrics.namespace,
                    "Dimensions": [[*_own, "service"], ["service"]] if _own else [["service"]],
                    "Metrics": [{"Name": name, "Unit": metric["Unit"]} for name, metric in metrics.metric_set.items()],
                }
            ],
        },
        **_own,
        "service": metrics.service,
        **metrics.metadata_set,
        **{name: metric["Value"] for name, metric in metrics.metric_set.items()},
    }
    sys.stdout.write(f"{to_json(line).decode()}\n")  # at once: to Lambda's log each write is a call
    metrics.clear_metrics()
