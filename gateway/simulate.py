"""What each provider does: the requests it posts and how it signs in.

Written from the providers' documentation, from their side; it shares no code with the functions that receive.
"""

import base64
import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class OAuth2Client:
    """What a provider presents to our token endpoint."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Agreement:
    """What a provider's portal and our Parameter Store both hold: `kind` and `secret` as stored, the rest as sent."""

    kind: str
    secret: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    path_secret: str = ""
    client: OAuth2Client | None = None


@dataclass(frozen=True)
class Provider:
    """A provider: its documented inbound SMS, and what makes the next message another one."""

    name: str
    content_type: str
    write: Callable[[Mapping[str, Any]], str]
    documented: Mapping[str, Any]
    another: Callable[[], Mapping[str, Any]]
    agree: Callable[[str], Agreement]
    in_events: str  # the credential in events/: accepted too, so that `sam remote invoke` works on every local stack
    fetches_tokens: bool = False  # it offers OAuth 2.0, too

    def new_message(self) -> Mapping[str, Any]:
        """Gives the documented message as one that was never sent before."""
        return {**self.documented, **self.another()}


def new_agreement(provider: Provider) -> tuple[Agreement, str]:
    """Agrees on a new random secret; gives it, and the document that Parameter Store is to hold."""
    agreement = provider.agree(secrets.token_urlsafe(24))
    document: dict[str, Any] = {agreement.kind: [agreement.secret, provider.agree(provider.in_events).secret]}
    if provider.fetches_tokens:
        client = OAuth2Client(f"{provider.name}-local", secrets.token_urlsafe(24))
        agreement = replace(agreement, client=client)
        document["oauth2"] = {"clients": [asdict(client)], "signing_keys": [secrets.token_urlsafe(32)]}
    return agreement, json.dumps(document)


def _basic(password: str) -> Agreement:
    username = "sinch"
    credentials = base64.b64encode(f"{username}:{password}".encode()).decode()
    return Agreement(
        "basic", {"username": username, "password": password}, headers={"Authorization": f"Basic {credentials}"}
    )


def _authorization(token: str) -> Agreement:
    value = f"Bearer {token}"
    return Agreement("authorization", value, headers={"Authorization": value})


def _path_secret(secret: str) -> Agreement:
    return Agreement("path_secret", secret, path_secret=secret)


def _form_with_bare_urls(message: Mapping[str, Any]) -> str:
    """The form as URL Networks' documentation shows it."""
    return urlencode(message, quote_via=quote, safe=":/@")


def _new_8x8_payload() -> dict[str, Any]:
    return {"payload": {**_8X8_PAYLOAD, "umid": str(uuid.uuid4())}}


_8X8_PAYLOAD = {
    "umid": "9e09ac86-bd74-5465-851d-1eb5a5fdbb9a",
    "subAccountId": "SubAccount-1",
    "timestamp": "2016-01-01T14:34:56.017Z",
    "source": "+6581968289",
    "destination": "+4534735477",
    "body": "Test MO message",
    "encoding": "GSM7",
    "smsCount": 2,
    "price": {"total": 0.0446592, "perSms": 0.0446592, "currency": "EUR"},
}

_ALL = (
    Provider(
        name="8x8",
        content_type=JSON,
        write=json.dumps,
        documented={
            "namespace": "SMS",
            "eventType": "inbound_message_received",
            "description": "SMS inbound message",
            "payload": _8X8_PAYLOAD,
        },
        another=_new_8x8_payload,
        agree=_authorization,
        in_events="local-only-8x8-token",
        fetches_tokens=True,
    ),
    Provider(
        name="url-networks",
        content_type=FORM,
        write=_form_with_bare_urls,
        documented={
            "service_id": "YOUR_SERVICE_ID",
            "from": "YOUR_FROM_NUMBER",
            "sms_number": "YOUR_SMS_NUMBER",
            "body": "Test Message",
            "message_id": "297abf7f-99d9-4b7d-9c46-1d7c13687b11",
            "timestamp": "1576391654",
            "webhook_url": "https://youendpoint.com/sms/test",
            "webhook_url_fallback": "you@email.com",
        },
        another=lambda: {"message_id": str(uuid.uuid4())},
        agree=_path_secret,
        in_events="local-only-url-networks-secret",
    ),
    Provider(
        name="agile-telecom",  # its messages have no id: another time makes another message
        content_type=FORM,
        write=urlencode,
        documented={
            "originator": "+393351234567",
            "destination": "+393331234333",
            "date_time": "20260514102301",
            "text": "News ON",
        },
        another=lambda: {"date_time": datetime.now(UTC).strftime("%Y%m%d%H%M%S")},
        agree=_path_secret,
        in_events="local-only-agile-telecom-secret",
    ),
    Provider(
        name="sinch",
        content_type=JSON,
        write=json.dumps,
        documented={
            "body": "This is a test message.",
            "from": "16051234567",
            "id": "01XXXXX21XXXXX119Z8P1XXXXX",
            "operator_id": "string",
            "received_at": "2022-08-24T14:15:22Z",
            "sent_at": "2022-08-24T14:15:22Z",
            "to": "13185551234",
            "type": "mo_text",
        },
        another=lambda: {"id": secrets.token_hex(13).upper()},
        agree=_basic,
        in_events="local-only-sinch-password",
        fetches_tokens=True,
    ),
)

PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in _ALL}
