"""Every provider x every scheme that it offers x every kind of credentials: only the right ones get in."""

import hmac
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.api_event import api_event
from inbound_sms.auth import Scheme, Secrets, authenticate
from inbound_sms.errors import AuthenticationError
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from inbound_sms.webhook.handler import WebhookHandler
from tests.support.providers import Registered, Signed, registered
from tests.support.queued import RECEIVED_AT
from tests.support.signing import SECRET, SIGNINGS, Signing
from tests.support.world import World

OLD, NEW = "the-old-secret-of-more-than-32-characters", "the-new-secret-of-more-than-32-characters"

HOSTILE = [
    "",
    " ",
    ":",
    "\x00",
    "\ud800",
    "é",
    "👍",
    "=" * 100,
    "A" * 100_000,
    "\r\nx: y",
    "\u2028",
    "%00",
    "{" * 9_000,
]


@dataclass(frozen=True)
class Row:
    """A provider and one of its schemes."""

    entry: Registered
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.entry.provider.name}-{self.scheme.name}"

    @property
    def signing(self) -> Signing:
        return SIGNINGS[self.scheme.name]

    def signed(self, secret: str) -> Signed:
        """What the provider sends when it has this secret."""
        return self.signing.sign(secret, self.entry.provider.name, self.entry.case.message)

    def receiver(self, aws: World, *secrets: str) -> WebhookHandler:
        """The receive path when the parameter holds these."""
        return aws.receiver(self.entry, self.signing.parameter(list(secrets)))

    def post(self, receiver: WebhookHandler, signed: Signed) -> int:
        """Posts the provider's ordinary message; gives the status of the answer."""
        status: int = receiver.handle(self.event(signed))["statusCode"]
        return status

    def event(self, signed: Signed) -> dict[str, Any]:
        headers = {"content-type": self.entry.case.content_type, **signed.headers}
        route = f"/{self.entry.provider.name}"
        return api_event(route, self.entry.case.message, headers, path_secret=signed.path_secret)


ROWS = [Row(entry, scheme) for entry in registered() for scheme in entry.provider.schemes]
each_row = pytest.mark.parametrize("row", ROWS, ids=str)


def assert_nothing_came_in(aws: World) -> None:
    assert aws.queued() == []
    assert aws.quarantined() == []


def test_each_provider_offers_what_its_documentation_offers() -> None:
    """seed-providers: 1.7, 2, 3.1, 4.4 and 4.5; SNS, which Sinch offers too, is no webhook."""
    assert {entry.provider.name: {scheme.name for scheme in entry.provider.schemes} for entry in registered()} == {
        "8x8": {"authorization", "oauth2"},
        "url-networks": {"path_secret"},
        "agile-telecom": {"path_secret"},
        "sinch": {"basic", "hmac", "oauth2", "header"},
    }


@each_row
def test_the_right_secret_gets_in_and_the_event_tells_how(row: Row, aws: World) -> None:
    assert row.post(row.receiver(aws, SECRET), row.signed(SECRET)) == 200

    [event] = map(json.loads, aws.queued())
    assert event["data"]["authenticated_by"] == row.signing.identity


@each_row
def test_a_wrong_secret_is_refused(row: Row, aws: World) -> None:
    assert row.post(row.receiver(aws, SECRET), row.signed(SECRET[:-1] + "S")) == 401
    assert_nothing_came_in(aws)


@each_row
def test_no_credentials_are_refused(row: Row, aws: World) -> None:
    assert row.post(row.receiver(aws, SECRET), Signed()) == 401
    assert_nothing_came_in(aws)


@each_row
@pytest.mark.parametrize("configured", [(OLD, NEW), (NEW, OLD)], ids=["behind", "in-front"])
def test_while_both_are_configured_the_old_secret_and_the_new_get_in(
    row: Row, aws: World, configured: tuple[str, str]
) -> None:
    receiver = row.receiver(aws, *configured)

    assert [row.post(receiver, row.signed(secret)) for secret in (OLD, NEW)] == [200, 200]
    assert len(aws.queued()) == 2


@each_row
def test_a_secret_that_was_taken_out_or_not_yet_put_in_is_refused(row: Row, aws: World) -> None:
    assert row.post(row.receiver(aws, NEW), row.signed(OLD)) == 401
    assert row.post(row.receiver(aws, OLD), row.signed(NEW)) == 401
    assert_nothing_came_in(aws)


@each_row
def test_malformed_credentials_are_refused(row: Row, aws: World) -> None:
    receiver = row.receiver(aws, SECRET)

    for signed in row.signing.malformed:
        assert (row.post(receiver, signed), signed) == (401, signed)
    assert_nothing_came_in(aws)


@each_row
def test_the_secret_in_another_schemes_place_is_refused(row: Row, aws: World) -> None:
    receiver = row.receiver(aws, SECRET)

    for name, other in SIGNINGS.items():
        if name != row.scheme.name:
            signed = other.sign(SECRET, row.entry.provider.name, row.entry.case.message)
            assert (row.post(receiver, signed), name) == (401, name)
    assert_nothing_came_in(aws)


@each_row
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_nothing_hostile_in_its_place_gets_in_or_breaks_anything(row: Row, hostile: str, aws: World) -> None:
    """503 would mean that an exception got out."""
    receiver, right = row.receiver(aws, SECRET), row.signed(SECRET)
    prefixed = [f"{prefix} {hostile}" for prefix in ("Basic", "Bearer", "Token")]
    places = [Signed({**right.headers, name: value}) for name in right.headers for value in (hostile, *prefixed)]

    assert {
        row.post(receiver, signed) for signed in places or [Signed(path_secret=hostile.replace("\ud800", "%ED"))]
    } == {401}
    assert_nothing_came_in(aws)


HEADERS = ("authorization", "x-token", *SIGNINGS["hmac"].sign(SECRET, "sinch", b"").headers)
VALUES = st.text() | st.sampled_from(["Basic ", "Bearer ", "Token ", "HmacSHA256", SECRET]).flatmap(
    lambda start: st.text().map(lambda rest: start + rest)
)


@each_row
@given(headers=st.dictionaries(st.sampled_from(HEADERS) | st.text(), VALUES), path=st.text())
def test_whatever_is_sent_is_refused_without_an_exception(row: Row, headers: dict[str, str], path: str) -> None:
    secrets = Secrets.model_validate(row.signing.parameter([SECRET + "-that-nobody-sends"]))
    request = request_from_event(
        row.event(Signed(headers)) | {"pathParameters": {"secret": path}},
        provider=row.entry.provider.name,
        received_at=RECEIVED_AT,
        delivery_id="d",
        settings=ParseSettings(),
    )

    with pytest.raises(AuthenticationError):
        authenticate(request, secrets, row.entry.provider.schemes)


@each_row
@pytest.mark.parametrize("verdict", [True, False])
def test_every_secret_is_compared_in_constant_time_and_none_in_another_way(
    row: Row, verdict: bool, aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What compare_digest says decides, and the first that matches doesn't end the search."""
    receiver = row.receiver(aws, OLD, SECRET, NEW)
    signed = row.signed(SECRET)
    compared: list[bytes] = []

    def compare(_sent: bytes, accepted: bytes) -> bool:
        compared.append(accepted)
        return verdict

    monkeypatch.setattr(hmac, "compare_digest", compare)
    status = row.post(receiver, signed)
    monkeypatch.undo()

    assert status == (200 if verdict else 401)
    assert len(compared) == len(set(compared)) == 3


@each_row
def test_no_credential_is_kept_in_the_quarantine_or_the_log(row: Row, aws: World, logs: io.StringIO) -> None:
    receiver, signed = row.receiver(aws, SECRET), row.signed(SECRET)
    headers = {"content-type": "application/json", **signed.headers}
    body = b'{"broken"'
    signed = row.signing.sign(SECRET, row.entry.provider.name, body)
    event = api_event(f"/{row.entry.provider.name}", body, headers | signed.headers, path_secret=signed.path_secret)

    assert receiver.handle(event)["statusCode"] == 200
    assert row.post(receiver, row.signed(NEW)) == 401
    [(_, _, record)] = aws.quarantined()
    for secret in (SECRET, NEW, signed.headers.get("authorization", SECRET)):
        assert secret not in json.dumps(record)
        assert secret not in logs.getvalue()
