"""What an operator has a webhook function do: read quarantined requests, or messages of the provider's API, once more.

An operator invokes the function directly, by an event that no webhook can make (see `replay`). IAM
(lambda:InvokeFunction) decides who may do that.
"""

from dataclasses import dataclass
from typing import Any

from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.model import Model
from inbound_sms.observability import logger
from inbound_sms.parsing.request import Request, request_from_record
from inbound_sms.settings import WebhookSettings
from inbound_sms.webhook.backfill import Backfill, backfill
from inbound_sms.webhook.ingest import Ingestor
from inbound_sms.webhook.provider import Provider
from inbound_sms.webhook.replay import key_to_replay, replay

Asked = str | Backfill  # the key of a quarantined request, or messages


def asked_by(event: dict[str, Any]) -> Asked | None:
    """Return what an operator's invocation asks for; None if the event is a webhook."""
    return key_to_replay(event) or Backfill.in_event(event)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Does what is asked for, by what the provider's webhook works with."""

    provider: Provider
    settings: WebhookSettings
    secrets: SecretStore
    ingestor: Ingestor
    provider_settings: Model | None

    def do(self, asked: Asked) -> dict[str, Any]:
        """Return the outcome for the operator; never raises."""
        logger.append_keys(provider=self.provider.name, delivery_id=None)  # known once the record is read
        if isinstance(asked, Backfill):
            return backfill(asked, self.provider.name, self._request, self.ingestor)
        return replay(asked, self.ingestor.quarantine, self._enqueue)

    def _enqueue(self, body: bytes, record: dict[str, Any]) -> list[str]:
        request = self._request(body, record)
        queued = self.ingestor.read(request._replace(recovery="replay"))
        if queued:
            self.ingestor.enqueue(request, queued)
        return [each.event.id for each in queued]

    def _request(self, body: bytes, record: dict[str, Any]) -> Request:
        request = request_from_record(body, record, self.settings)._replace(provider_settings=self.provider_settings)
        logger.append_keys(delivery_id=request.delivery_id)
        if any(scheme.name == "path_secret" for scheme in self.provider.schemes):
            # The record doesn't contain the path secret. One that is no longer accepted needn't be masked.
            request = request._replace(confidential=self.secrets.get().path_secrets)
        return request
