"""The token endpoint, by the sections of RFC 6749, and as a client sees it that was not written for us: Authlib's."""

import base64
import codecs
import io
import json
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
import requests
import responses
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

import oauth_token
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.auth.tokens import client_of
from oauth_token import TokenEndpoint
from tests.component.conftest import Counts
from tests.support.memory import Memory
from tests.support.signing import basic
from tests.support.token_endpoint import CLIENTS, FORM, KEY, SECRETS, endpoint_of, make_endpoint, token_event
from tests.support.world import World

ONE, TWO = ({"client_id": name, "client_secret": secret} for name, secret in CLIENTS.items())
USER = {"grant_type": "password", "username": "client-2", "password": CLIENTS["client-2"]}
GRANT = {"grant_type": "client_credentials"}
PLAIN = basic("client-1", CLIENTS["client-1"])
ENCODED = basic(quote_plus("client-1"), quote_plus(CLIENTS["client-1"]))

# By the section of the RFC: form, Authorization, client.
ISSUED: dict[str, tuple[dict[str, str], str | None, str]] = {
    "2.3.1 Basic, form-encoded": (GRANT, ENCODED, "client-1"),
    "2.3.1 Basic, plain": (GRANT, PLAIN, "client-1"),
    "2.3.1 in the form": (GRANT | ONE, None, "client-1"),
    "2.3.1 its id besides": (GRANT | {"client_id": "client-1"}, PLAIN, "client-1"),
    "3.2 unknown parameters": (GRANT | ONE | {"response_type": "token", "resource": "x"}, None, "client-1"),
    "3.2 without value is left out": (GRANT | {"client_secret": "", "scope": ""}, PLAIN, "client-1"),
    "3.3 scope": (GRANT | ONE | {"scope": "sms:read sms"}, None, "client-1"),
    "4.3 password": (USER, None, "client-2"),
    "4.3 password, client in the header": (USER, PLAIN, "client-2"),
    "4.3 password, client in the form": (USER | ONE, None, "client-2"),
    "4.3 password, client named only": (USER | {"client_id": "acme"}, None, "client-2"),
}

# By the section of the RFC: form, Authorization, error.
REFUSED: dict[str, tuple[dict[str, str] | bytes, str | None, str]] = {
    "2.3 twice": (GRANT | ONE, PLAIN, "invalid_request"),
    "4.4.2 no grant": (ONE, None, "invalid_request"),
    "4.3.2 no user": ({**USER, "username": ""}, None, "invalid_request"),
    "4.3.2 user as client": ({"grant_type": "password"} | ONE, PLAIN, "invalid_request"),
    "5.2 unknown client": (GRANT | ONE | {"client_id": "client-3"}, None, "invalid_client"),
    "5.2 wrong secret": (GRANT | ONE | {"client_secret": "wr0ng"}, None, "invalid_client"),
    "5.2 no secret": (GRANT | {"client_id": "client-1"}, None, "invalid_client"),
    "5.2 no client": (GRANT, None, "invalid_client"),
    "5.2 border moved": (GRANT | {"client_id": "client-1:s3cret", "client_secret": "x"}, None, "invalid_client"),
    "5.2 wrong in the header": (GRANT, basic("client-1", "wr0ng"), "invalid_client"),
    "5.2 empty header": (GRANT, "", "invalid_client"),
    "5.2 Basic without colon": (GRANT, "Basic " + base64.b64encode(b"client-1").decode(), "invalid_client"),
    "5.2 no text": (GRANT, "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(), "invalid_client"),
    "5.2 hostile header": (GRANT, "Basic \ud800", "invalid_client"),
    "5.2 user, wrong password": (USER | {"password": "wr0ng"}, None, "invalid_grant"),
    "5.2 unknown user": (USER | {"username": "client-3"}, None, "invalid_grant"),
    "5.2 user, wrong client": (USER, basic("client-1", "wr0ng"), "invalid_client"),
    "5.2 code": (ONE | {"grant_type": "authorization_code", "code": "x"}, None, "unsupported_grant_type"),
    "5.2 case": (ONE | {"grant_type": "Client_Credentials"}, None, "unsupported_grant_type"),
    "3.3 scope in quotes": (GRANT | ONE | {"scope": '"sms"'}, None, "invalid_scope"),
    "3.3 scope with line end": (GRANT | ONE | {"scope": "sms\nread"}, None, "invalid_scope"),
    "3.3 scope beyond ASCII": (GRANT | ONE | {"scope": "ü"}, None, "invalid_scope"),
    "3.2 the grant twice": (urlencode([*GRANT.items()] * 2).encode(), None, "invalid_request"),
    "3.2 the client twice": (urlencode(GRANT | ONE).encode() + b"&client_id=client-2", None, "invalid_request"),
    "no form": (b'{"grant_type": "client_credentials"}', None, "invalid_request"),
    "no text": (b"\xff\xfe\x00", None, "invalid_request"),
    "nothing": (b"", None, "invalid_request"),
    "too large": (GRANT | ONE | {"x": "x" * 10_000}, None, "invalid_request"),
}
PUBLIC = {"", None, "password", "token", "client_credentials", *CLIENTS}


@pytest.fixture
def endpoint(memory: Memory, counts: Counts) -> TokenEndpoint:
    return make_endpoint(memory)


def ask(endpoint: TokenEndpoint, *args: Any, **kwargs: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Return status, document and headers, once it is clear that they suit any answer (5.1, 5.2)."""
    response = endpoint.handle(token_event(*args, **kwargs))
    headers = response["headers"]
    assert (headers["content-type"], headers["cache-control"], headers["pragma"]) == (
        "application/json", "no-store", "no-cache"
    )  # fmt: skip
    return response["statusCode"], json.loads(response["body"]), headers


@pytest.mark.parametrize(("form", "authorization", "client"), ISSUED.values(), ids=ISSUED)
def test_a_token_is_issued(
    form: dict[str, str], authorization: str | None, client: str, endpoint: TokenEndpoint, counts: Counts
) -> None:
    status, answer, headers = ask(endpoint, form, authorization)

    assert status == 200
    assert client_of(answer.pop("access_token"), [KEY], "acme", "test") == client, "the first key signs"
    scope = {"scope": form["scope"]} if form.get("scope") else {}
    assert answer == {"token_type": "Bearer", "expires_in": 900, **scope}
    assert "www-authenticate" not in headers
    assert counts() == {"TokensIssued": 1}


@pytest.mark.parametrize(("form", "authorization", "error"), REFUSED.values(), ids=REFUSED)
def test_no_token_is_issued(
    form: dict[str, str] | bytes, authorization: str | None, error: str,
    *, endpoint: TokenEndpoint, counts: Counts, logs: io.StringIO,
) -> None:  # fmt: skip
    status, answer, headers = ask(endpoint, form, authorization)

    assert answer["error"] == error
    assert status == (401 if error == "invalid_client" else 400)
    assert answer.keys() == {"error", "error_description"}
    assert headers.get("www-authenticate", "").startswith("Basic realm=") == (status == 401)
    wrong = error in {"invalid_client", "invalid_grant"}  # a stranger's nonsense is no reason for an alarm
    assert counts() == {"TokensRefused" if wrong else "TokenRequestsInvalid": 1}
    sent = {authorization, *(form.values() if isinstance(form, dict) else ())} - PUBLIC
    assert not [private for private in sent if str(private) in logs.getvalue() + json.dumps(answer)]


def test_the_content_type_is_not_obeyed_and_its_charset_not_looked_up(endpoint: TokenEndpoint) -> None:
    """Python remembers every name that it is asked for: 2,000 invented ones took 18 MB."""
    asked: list[str] = []
    codecs.register(asked.append)
    try:
        for said in ("", "application/json", f"{FORM}; charset=utf-16", f"{FORM}; charset=invented-by-somebody"):
            assert ask(endpoint, GRANT | ONE, content_type=said)[0] == 200
    finally:
        codecs.unregister(asked.append)
    assert not [name for name in asked if "invented" in name]


@pytest.mark.parametrize("provider", ["", "another", "acme/", "ACME", "..", "unknown"])
def test_for_a_provider_that_gets_no_tokens_there_is_no_endpoint(
    provider: str, endpoint: TokenEndpoint, logs: io.StringIO
) -> None:
    assert ask(endpoint, GRANT | ONE, provider=provider)[0] == 404
    assert json.loads(logs.getvalue())["provider"] == "unknown"


# ---- Faults of ours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "counted"),
    [
        (None, "NotConfigured"),
        ({}, "NotConfigured"),
        ({"basic": [{"username": "u", "password": "a-password"}]}, "NotConfigured"),
        ({"oauth2": {}}, "TokensFailed"),
    ],
)
def test_without_a_client_or_with_a_mistake_in_the_parameter_it_is_our_fault(
    parameter: dict[str, Any] | None, counted: str, memory: Memory, endpoint: TokenEndpoint, counts: Counts
) -> None:
    if parameter is not None:
        memory.put_secrets("/test/other", parameter)

    assert ask(endpoint, GRANT | ONE, provider="other")[:2] == (503, {"error": "temporarily_unavailable"})
    assert counts() == {counted: 1}


def test_an_unexpected_error_is_our_fault_and_told_without_content(
    endpoint: TokenEndpoint, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> str:
        raise RuntimeError("private")

    monkeypatch.setattr(oauth_token, "issue_token", fail)
    assert ask(endpoint, GRANT | ONE)[:2] == (503, {"error": "temporarily_unavailable"})
    assert "RuntimeError" in logs.getvalue()
    assert "private" not in logs.getvalue()


@pytest.mark.usefixtures("counts")
@pytest.mark.parametrize(("before", "answer"), [(SECRETS, 401), ({"hmac": ["a-secret"]}, 503), ({}, 503)])
def test_a_client_that_was_just_put_in_is_found(before: dict[str, Any], answer: int, memory: Memory) -> None:
    now = 1_000.0
    memory.put_secrets("/test/acme", before)
    endpoint = endpoint_of({"acme": SecretStore(memory.ssm, "/test/acme", 300, clock=lambda: now)})
    new = {"client_id": "new", "client_secret": "new-secret"}
    assert ask(endpoint, GRANT | new)[0] == answer

    memory.put_secrets("/test/acme", {"oauth2": {"clients": [new], "signing_keys": [KEY]}})
    assert ask(endpoint, GRANT | new)[0] == answer, "at most every 10 s"
    now += 10
    assert ask(endpoint, GRANT | new)[0] == 200


def test_the_handler_reads_its_environment_names_what_is_missing_and_writes_its_metrics(
    aws: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: io.StringIO
) -> None:
    aws.stands_in(monkeypatch)
    aws.put_secrets("/prefix/acme", SECRETS)
    for name, value in {"TOKEN_PROVIDERS": "other,acme", "TOKEN_LIFETIME_SECONDS": "60"}.items():
        monkeypatch.setenv(name, value)
    oauth_token._ready.cache_clear()
    assert oauth_token.handler(token_event(GRANT | ONE), None)["statusCode"] == 503
    assert "PARAMETER_PREFIX: Field required" in logs.getvalue()

    monkeypatch.setenv("PARAMETER_PREFIX", "/prefix/")
    response = oauth_token.handler(token_event(GRANT | ONE), None)
    assert json.loads(response["body"])["expires_in"] == 60
    failed, issued = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert failed["TokensFailed"] == [1.0]
    assert (issued["TokensIssued"], issued["provider"]) == ([1.0], "acme")


# ---- Authlib's client ------------------------------------------------------------------------------------------------

URL = "https://example.com/oauth2/acme/token"


@responses.activate
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_fetches_a_token_and_understands_the_refusal(method: str, endpoint: TokenEndpoint) -> None:
    def answered(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        body, headers = str(request.body).encode(), request.headers
        sent = token_event(body, headers.get("authorization"), content_type=headers["content-type"])
        answer = endpoint.handle(sent)
        return answer["statusCode"], answer["headers"], answer["body"]

    def session(secret: str) -> OAuth2Session:
        return OAuth2Session("client-1", secret, token_endpoint_auth_method=method, token_endpoint=URL)

    responses.add_callback(responses.POST, URL, answered)
    for user in ({}, {"username": "client-2", "password": CLIENTS["client-2"]}):
        token = session(CLIENTS["client-1"]).fetch_token(**user)

        assert client_of(token["access_token"], [KEY], "acme", "test") == user.get("username", "client-1")
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 900)

    with pytest.raises(OAuthError) as caught:
        session("wr0ng").fetch_token()
    assert caught.value.error == "invalid_client"
