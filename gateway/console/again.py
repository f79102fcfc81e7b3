"""Send a row's request again, as its provider: from here, or by a command that may be copied."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.console.board import Board
from gateway.console.problems import content_type_of
from gateway.console.rows import Row, parts_of
from gateway.console.sending import Sender, Unsigned
from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.operations.quarantine import Kept, Quarantine
from gateway.operations.sending import sender_of
from gateway.simulator import Post, below
from gateway.simulator.remaking import remade

_IN_AWS = "Sending works for local stacks only: the providers' secrets of this one stay in Parameter Store"
_NO_BODY = "The gateway keeps no body of a request that it did not accept, and this one was not sent from the console"
_NOT_SEEN = "Published before the console started, or too long ago: what the provider sent is unknown"
_UNLIKE = "The payload matches none of the requests that the provider is known to send"


class Again:
    """The requests of rows, to be sent again: as they were if sent from this page, else rebuilt from what is kept."""

    def __init__(self, installation: Installation, board: Board, sender: Sender) -> None:
        self._installation = installation
        self._board = board
        self._sender = sender

    def send(self, id_: str) -> dict[str, Any]:
        """Send a row's request once more; raise GatewayError where that can't be done."""
        found = self._board.row(id_)
        if found is None:
            raise GatewayError("Unknown message: it is too old")
        row, event = found
        sent = self._sender.post(row.provider, self._requests(row, event))
        return {"provider": row.provider, "kind": "duplicate", "event": row.kind or ""} | sent

    def offer(self, row: Row, event: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the command that sends it again, or why there is none."""
        try:
            requests = self._requests(row, event)
        except GatewayError as error:
            return {"curl": None, "curl_unknown": str(error), "resend_unknown": str(error)}
        try:
            lines = [self._sender.signed(row.provider, each).as_curl() for each in requests]
        except (GatewayError, ValueError) as error:
            return {"curl": None, "curl_unknown": f"There is no safe command: {error}", "resend_unknown": None}
        return {"curl": "\n".join(lines), "curl_unknown": None, "resend_unknown": None}

    def exact(self, row: Row) -> str | None:
        """Return what was posted, where that is known to the byte."""
        known = self._sender.remembered(row.request_id)
        return known.text if known else None

    def _requests(self, row: Row, event: Mapping[str, Any] | None) -> list[Unsigned]:
        if not self._installation.local:
            raise GatewayError(_IN_AWS)
        self._sender.require(row.provider)
        if known := self._sender.remembered(row.request_id):
            return [known]
        if row.key and row.status == "quarantined":
            return self._kept(row.provider, *Quarantine(self._installation).one(row.key))
        if event is None:
            raise GatewayError(_NO_BODY if row.id.startswith("request:") else _NOT_SEEN)
        return self._of_event(row.provider, event)

    def _kept(self, provider: str, kept: Kept, body: bytes) -> list[Unsigned]:
        """Return the request that is in the quarantine; for what the fan-out put there, that of its event."""
        if kept.key.startswith("fanout/"):
            return self._of_event(provider, json.loads(body))
        record = kept.record
        url = below(self._url(provider), str(record.get("route") or ""))
        if record.get("method") == "GET":
            return [Unsigned(Post(f"{url}?{record.get('query') or ''}", method="GET"))]
        query = f"?{record['query']}" if record.get("query") else ""
        content_type = content_type_of(kept)
        return [Unsigned(Post(url + query, {"Content-Type": content_type} if content_type else {}, body))]

    def _of_event(self, provider: str, event: Mapping[str, Any]) -> list[Unsigned]:
        parts = parts_of(event) or [event["data"]]
        made = [remade(sender_of(provider), part.get("provider_payload")) for part in parts]
        if None in made:
            raise GatewayError(_UNLIKE)
        return [Unsigned(it[0].post(self._url(provider), it[1])) for it in made if it]

    def _url(self, provider: str) -> str:
        return self._installation.deployed.webhook_urls[provider]
