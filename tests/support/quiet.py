"""Nothing logged and nothing counted, for tests that run the code very often."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from inbound_sms.observability import metrics


@contextmanager
def quietly() -> Iterator[None]:
    """Run a block without logs and metrics."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with patch.object(metrics, "add_metric", lambda **_: None):
            yield
    finally:
        logging.disable(before)
