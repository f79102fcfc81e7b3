"""What botocore, moto and Typer make anew each time is kept; without it, the tests take twice as long."""

from functools import cache
from typing import Any

import botocore.loaders
import botocore.useragent
import httpx
import typer.testing
from moto import backend_index
from moto.core.base_backend import BaseBackend
from moto.sqs.models import SQSBackend

_USED = {"awslambda", "cloudwatch", "dynamodb", "iam", "logs", "s3", "sns", "sqs", "ssm", "sts"}


def keep_what_is_slow_to_make() -> None:
    """Patch them for as long as the process lives."""
    # A session reads the models of its services, a runner makes all commands of an app, a request spells its sender.
    for owner, name in (
        (botocore.loaders, "create_loader"),
        (typer.testing, "_get_command"),
        (httpx._transports.default, "create_ssl_context"),
        (botocore.useragent, "sanitize_user_agent_string_component"),
    ):
        setattr(owner, name, cache(getattr(owner, name)))
    # For each request, moto looks for its service among all that there are, and makes the patterns of its URLs.
    patterns = backend_index.backend_url_patterns
    patterns[:] = [(service, pattern) for service, pattern in patterns if service in _USED]
    made: Any = BaseBackend.urls
    kept: dict[type, Any] = {}
    urls = property(lambda backend: kept.get(type(backend)) or kept.setdefault(type(backend), made.fget(backend)))
    BaseBackend.urls = urls  # type: ignore[assignment, method-assign]
    # For each message that is received, moto counts the whole queue, to know whether it is too old by now.
    SQSBackend.is_message_valid_based_on_retention_period = lambda *_: True  # type: ignore[method-assign]
