"""Nothing logged and nothing counted, for tests that run the code very often."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from inbound_sms import observability


class _NoMetrics(dict[str, Any]):
    def setdefault(self, _key: str, default: Any = None) -> Any:
        """Keep nothing, so that there is nothing to write."""
        return default


def uncounted() -> Any:
    return patch.object(observability, "metrics", SimpleNamespace(metric_set=_NoMetrics(), metadata_set={}))


@contextmanager
def quietly() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with uncounted():
            yield
    finally:
        logging.disable(before)
