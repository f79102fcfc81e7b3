"""Every provider x every scheme that it offers x every kind of credentials: only the right ones get in."""

import hmac
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulator.post import Post
from inbound_sms.auth import Secrets, authenticate
from inbound_sms.errors import AuthenticationError
from inbound_sms.parsing.request import request_from_event
from inbound_sms.settings import ParseSettings
from tests.support.providers import event_of
from tests.support.queued import RECEIVED_AT
from tests.support.scheme_rows import NEW, OLD, SchemeRow, each_row, scheme_rows, status
from tests.support.signing import SECRET, SIGNINGS, sign
from tests.support.world import World

HOSTILE = [
    "", " ", ":", "\x00", "\ud800", "é", "👍", "=" * 100, "A" * 100_000, "\r\nx: y", "\u2028", "%00", "{" * 9_000,
]  # fmt: skip


def assert_nothing_came_in(aws: World) -> None:
    assert aws.queued() == []
    assert aws.quarantined() == []


@each_row
def test_the_right_secret_gets_in_and_the_event_tells_how(row: SchemeRow, aws: World) -> None:
    assert status(row.receiver(aws, SECRET), row.signed(SECRET)) == 200

    [event] = map(json.loads, aws.queued())
    assert event["data"]["authenticated_by"] == row.identity


@each_row
def test_a_wrong_secret_is_refused(row: SchemeRow, aws: World) -> None:
    assert status(row.receiver(aws, SECRET), row.signed(SECRET[:-1] + "S")) == 401
    assert_nothing_came_in(aws)


@each_row
def test_no_credentials_are_refused(row: SchemeRow, aws: World) -> None:
    assert status(row.receiver(aws, SECRET), row.entry.post()) == row.entry.expected.unsigned
    assert_nothing_came_in(aws)


@each_row
@pytest.mark.parametrize("configured", [(OLD, NEW), (NEW, OLD)], ids=["behind", "in-front"])
def test_while_both_are_configured_the_old_secret_and_the_new_get_in(
    row: SchemeRow, aws: World, configured: tuple[str, str]
) -> None:
    receiver = row.receiver(aws, *configured)

    assert {secret: status(receiver, row.signed(secret)) for secret in (OLD, NEW, SECRET)} == {
        OLD: 200, NEW: 200, SECRET: 401,
    }  # fmt: skip


@each_row
def test_malformed_credentials_are_refused(row: SchemeRow, aws: World) -> None:
    receiver, right = row.receiver(aws, SECRET), row.signed(SECRET)
    malformed = list(row.signing.malformed(right, row.entry.sender, SECRET))

    assert status(receiver, right) == 200
    aws.queued()
    assert malformed
    assert [post for post in malformed if status(receiver, post) not in row.refusals] == []
    assert_nothing_came_in(aws)


@each_row
def test_the_secret_in_another_schemes_place_is_refused(row: SchemeRow, aws: World) -> None:
    receiver = row.receiver(aws, SECRET)
    others = SIGNINGS.keys() - {row.kind} - ({"hmac"} if row.entry.sender.sign is None else set())

    for other in others:
        post = sign(row.entry.post(), row.entry.sender, other, SECRET)
        assert (status(receiver, post) in row.refusals, other) == (True, other)
    assert_nothing_came_in(aws)


@each_row
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_nothing_hostile_in_its_place_gets_in_or_breaks_anything(row: SchemeRow, hostile: str, aws: World) -> None:
    """503 would mean that an exception got out."""
    receiver, plain, right = row.receiver(aws, SECRET), row.entry.post(), row.signed(SECRET)
    prefixed = [f"{prefix} {hostile}" for prefix in ("Basic", "Bearer", "Token")]
    added = right.headers.keys() - plain.headers.keys()
    posts = [plain.with_header(name, value) for name in added for value in (hostile, *prefixed)]

    assert {status(receiver, post) for post in posts or [in_path(plain, hostile)]} <= row.refusals
    assert_nothing_came_in(aws)


def in_path(post: Post, hostile: str) -> Post:
    return post.with_url(f"{post.url}/{hostile.replace(chr(0xD800), '%ED')}")


HEADERS = sorted({name for row in scheme_rows() for name in row.signed(SECRET).headers})
VALUES = st.text() | st.sampled_from(["Basic ", "Bearer ", "Token ", "HmacSHA256", SECRET]).flatmap(
    lambda start: st.text().map(lambda rest: start + rest)
)


@each_row
@given(headers=st.dictionaries(st.sampled_from(HEADERS) | st.text(), VALUES), path=st.text())
def test_whatever_is_sent_is_refused_without_an_exception(row: SchemeRow, headers: dict[str, str], path: str) -> None:
    secrets = Secrets.model_validate(row.parameter(SECRET + "-that-nobody-sends"))
    request = request_from_event(
        event_of(Post(row.entry.post().url, headers, row.entry.message)),
        provider=row.entry.provider.name,
        received_at=RECEIVED_AT,
        delivery_id="d",
        settings=ParseSettings(),
    )._replace(path_secret=path)

    with pytest.raises(AuthenticationError):
        authenticate(request, secrets, row.entry.provider.schemes)


@each_row
@pytest.mark.parametrize("verdict", [True, False])
def test_every_secret_is_compared_in_constant_time_and_none_in_another_way(
    row: SchemeRow, verdict: bool, aws: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What compare_digest says decides, and the first that matches doesn't end the search."""
    receiver = row.receiver(aws, OLD, SECRET, NEW)
    signed = row.signed(SECRET)
    compared: list[bytes] = []

    def compare(_sent: bytes, accepted: bytes) -> bool:
        compared.append(accepted)
        return verdict

    monkeypatch.setattr(hmac, "compare_digest", compare)
    answered = status(receiver, signed)
    monkeypatch.undo()

    assert answered == (200 if verdict else 401)
    assert len(compared) == len(set(compared)) >= 3


@each_row
def test_no_credential_is_kept_in_the_quarantine_or_the_log(row: SchemeRow, aws: World, logs: io.StringIO) -> None:
    receiver, broken = row.receiver(aws, SECRET), row.signed(SECRET, row.entry.sender.broken[0])

    assert status(receiver, broken) == 200
    assert status(receiver, row.signed(NEW)) == 401
    [(_, _, record)] = aws.quarantined()
    for secret in (SECRET, NEW, broken.headers.get("Authorization", SECRET)):
        assert secret not in json.dumps(record)
        assert secret not in logs.getvalue()
