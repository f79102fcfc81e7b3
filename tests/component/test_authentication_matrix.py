"""Every provider x every scheme that it offers x every kind of credentials: only the right ones get in."""

import hmac
import io
import json
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from gateway.simulator.credentials import KEPT_BY_PROVIDER
from gateway.simulator.post import Post
from tests.support.acme.sender import ACME_ENTRY
from tests.support.memory import Memory
from tests.support.providers import event_of
from tests.support.scheme_rows import NEW, OLD, SchemeRow, each_row, scheme_rows, status
from tests.support.signing import SECRET, basic, parameter, sign, signable, token

HOSTILE = [
    "", " ", ":", "\x00", "\ud800", "é", "👍", "=" * 100, "A" * 100_000, "\r\nx: y", "\u2028", "%00", "{" * 9_000,
]  # fmt: skip


def wrong(row: SchemeRow) -> Iterator[Post]:
    """Yield malformed credentials, the secret in another scheme's place, and what is hostile in its own place."""
    sender, plain, right = row.entry.sender, row.entry.post(), row.signed(SECRET)
    malformed = row.malformed(right, SECRET)
    assert malformed
    yield from malformed
    others = signable(sender) - {row.kind}
    yield from (sign(plain, sender, other, SECRET) for other in others)
    added = right.headers.keys() - plain.headers.keys()
    for hostile in HOSTILE:
        values = [hostile, *(f"{prefix} {hostile}" for prefix in ("Basic", "Bearer", "Token"))]
        yield from (plain.with_header(name, value) for name in added for value in values)
        if not added:
            yield plain.with_url(f"{plain.url}/{hostile.replace(chr(0xD800), '%ED')}")


@each_row
def test_only_the_right_secret_gets_in_and_the_event_tells_how(row: SchemeRow, memory: Memory) -> None:
    """By one of its callbacks of each form. A GET without parameters may be a check of the URL. A 503 would mean that
    an exception got out.
    """
    receiver, entry = row.receiver(memory, SECRET), row.entry
    successes = {answer for situation, answer in entry.expected.answers if situation.startswith("accepted")}
    forms = {(each.method, each.content_type, each.url): name for name, each in entry.sender.callbacks.items()}
    for (method, *_), callback in forms.items():
        for body in (None, entry.sender.broken[0], *([] if method == "GET" and entry.provider.preflight else [b""])):
            unsigned = entry.post(body, callback=callback)
            wrongly = sign(unsigned, entry.sender, row.kind, SECRET[:-1] + "S")
            for post, refused in ((wrongly, 401), (unsigned, entry.expected.unsigned)):
                response = receiver.handle(event_of(post))
                assert response["statusCode"] == refused
                assert response["headers"].get("www-authenticate") == row.challenge
                assert "+OK" not in response["body"]
        assert memory.taken() == []

        response = receiver.handle(event_of(sign(entry.post(callback=callback), entry.sender, row.kind, SECRET)))
        assert (response["statusCode"], response["headers"]["content-type"], response["body"]) in successes
        assert {json.loads(event)["data"]["authenticated_by"] for event in memory.taken()} == {row.identity}
    assert [post for post in wrong(row) if status(receiver, post) not in row.refusals] == []
    assert memory.taken() == []


@pytest.mark.parametrize("row", [row for row in scheme_rows() if row.kind not in KEPT_BY_PROVIDER], ids=str)
def test_every_secret_is_compared_in_constant_time_and_none_in_another_way(
    row: SchemeRow, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What compare_digest says decides, and the first that matches doesn't end the search. Each of them gets in."""
    receiver, signed = row.receiver(memory, OLD, SECRET, NEW), row.signed(SECRET)
    answers = [status(receiver, row.signed(secret)) for secret in (OLD, SECRET, NEW, SECRET[::-1])]
    assert answers == [200, 200, 200, 401], "while an old secret and a new one are configured, both get in"
    for verdict, answered in ((True, 200), (False, 401)):
        with monkeypatch.context() as patch:
            compare = Mock(return_value=verdict)
            patch.setattr(hmac, "compare_digest", compare)
            assert status(receiver, signed) == answered
        compared = [call.args[1] for call in compare.call_args_list]
        assert len(compared) == len(set(compared)) >= 3


@each_row
def test_no_credential_is_kept_in_the_quarantine_or_the_log(row: SchemeRow, memory: Memory, logs: io.StringIO) -> None:
    receiver, broken = row.receiver(memory, SECRET), row.signed(SECRET, row.entry.sender.broken[0])

    assert status(receiver, broken) == 200
    assert status(receiver, row.signed(NEW)) == 401
    [(_, _, record)] = memory.quarantined()
    for secret in (SECRET, NEW, broken.headers.get("Authorization", SECRET)):
        assert secret not in json.dumps(record)
        assert secret not in logs.getvalue()


# ---- Schemes that have to hold together ------------------------------------------------------------------------------


TOGETHER = {
    **parameter(ACME_ENTRY.sender, "basic", [SECRET]),
    **parameter(ACME_ENTRY.sender, "oauth2", [SECRET]),
    "header": [{"name": "x-a", "value": "value-of-a"}, {"name": "X-B", "value": "value-of-b"}],
    "require": ["header:x-a + header:X-B", "basic + header:x-a", "oauth2"],
}
BASIC = {"authorization": basic("acme", SECRET)}


@pytest.mark.parametrize(
    ("sent", "identity"),
    [
        ({"x-a": "value-of-a", "x-b": "value-of-b"}, "header:x-a+header:x-b"),
        ({"x-a": "value-of-a", **BASIC}, "basic:acme+header:x-a"),
        ({"authorization": f"Bearer {token(SECRET, 'acme')}"}, "oauth2:client-1"),
        ({"x-a": "value-of-a"}, None),
        ({"x-b": "value-of-b", **BASIC}, None),
        ({"x-a": "value-of-b", "x-b": "value-of-a"}, None),
    ],
)
def test_what_is_combined_has_to_hold_together_and_a_refusal_asks_for_what_may_get_in(
    sent: dict[str, str], identity: str | None, memory: Memory
) -> None:
    post = ACME_ENTRY.post()
    for name, value in sent.items():
        post = post.with_header(name, value)
    response = memory.receiver(ACME_ENTRY, TOGETHER).handle(event_of(post))

    told = [json.loads(event)["data"]["authenticated_by"] for event in memory.queued()]
    if identity:
        assert (response["statusCode"], told) == (200, [identity])
    else:
        challenge = 'Basic realm="inbound-sms", charset="UTF-8", Bearer realm="inbound-sms"'
        assert (response["statusCode"], response["headers"]["www-authenticate"]) == (401, challenge)
        assert told == []
