"""What a provider's own API lists of the messages that came in: functions/<folder>/backfill.py, where there is one."""

from gateway.backfill.api import Api, ApiError, basic, bearer
from gateway.backfill.declared import Backfill, Found, form
from gateway.backfill.registry import backfills

__all__ = ["Api", "ApiError", "Backfill", "Found", "backfills", "basic", "bearer", "form"]
