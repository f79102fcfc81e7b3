"""What to enter in each provider's portal, and whether anything has come from there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.console.board import Board
from gateway.errors import GatewayError
from gateway.operations.doctor import last_hours
from gateway.operations.installation import Installation
from gateway.operations.portals import Portal, entries, portals
from gateway.operations.secret_documents import in_force, kinds_of, value_in
from gateway.operations.secrets_store import SecretsStore
from gateway.simulator import KINDS, senders

_AT_ONCE = 8
_NOT_READ = "Secrets are read from Parameter Store only when you reveal one"


class Connect:
    """Cards of the providers, without any secret but the one that is asked for."""

    def __init__(self, installation: Installation, board: Board) -> None:
        self._installation = installation
        self._board = board

    def cards(self) -> dict[str, Any]:
        """Return what there is to know of each provider."""
        last, unknown = self._last_messages()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = portals(self._installation)
            secrets = pool.map(self._secrets, (portal.provider for portal in found))
            cards = [_card(portal) | held for portal, held in zip(found, secrets, strict=True)]
        return {
            "providers": [
                card | {"last_message_at": last.get(card["name"]), "last_message_unknown": unknown} for card in cards
            ]
        }

    def reveal(self, provider: str, kind: str | None) -> dict[str, Any]:
        """Return what to type where, with the newest secret of a kind; raise GatewayError where there is none."""
        store = SecretsStore(self._installation, provider)
        chosen = store.kind(kind)
        checked = store.check()
        held = in_force(checked.document, chosen) if isinstance(checked.document, dict) else []
        if not held:
            raise GatewayError(f"{store.parameter} holds no secret ({chosen})")
        typed = entries(self._installation, provider, chosen, store.name(chosen), value_in(held[0]))
        where = typed.pop("where")
        changed = checked.changed_at and checked.changed_at.isoformat()
        return {"provider": provider, "kind": chosen, "entries": typed, "where": where, "changed_at": changed}

    def _secrets(self, provider: str) -> dict[str, Any]:
        """Return what is in force, not the secrets; of a stack in AWS nothing, as they would have to be read for it."""
        if not self._installation.local:
            unread = {"secrets": None, "secrets_unknown": _NOT_READ}
            return unread | {"faults": [], "warnings": [], "remedy": ""}
        checked = SecretsStore(self._installation, provider).check()
        changed = checked.changed_at and checked.changed_at.isoformat()
        return {
            "secrets": [
                {"kind": kind, "title": KINDS[kind], "number": number, "changed_at": changed}
                for kind, number in checked.in_force.items()
            ],
            "secrets_unknown": None,
            "faults": checked.faults,
            "warnings": checked.warnings,
            "remedy": checked.remedy,
        }

    def _last_messages(self) -> tuple[dict[str, str | None], str | None]:
        """Return when each provider's last message came, and why that isn't known of all."""
        seen: dict[str, str | None] = self._board.overview()[1]["last_message"]
        if self._installation.local:
            return seen, None
        try:
            hours: dict[str, datetime | None] = last_hours(self._installation)
        except (BotoCoreError, ClientError) as error:
            return seen, f"CloudWatch can't be read, so only the last hour is known: {error}"
        return {name: seen.get(name) or (hour.isoformat() if hour else None) for name, hour in hours.items()}, None


def _card(portal: Portal) -> dict[str, Any]:
    sender = senders().get(portal.provider)
    return {
        "name": portal.provider,
        "title": sender.title if sender else portal.provider,
        "url": portal.url,
        "more_urls": portal.more_urls,
        "token_url": portal.token_url,
        "where": portal.enter,
        "where_token_url": portal.enter_token_url,
        "docs": sender.docs if sender else None,
        "page": portal.page,
        "headers": portal.headers,
        "kinds": list(kinds_of(portal.provider)),
    }
