"""What the core offers a provider, shown by one that doesn't exist (tests/support/acme)."""

import hashlib
import hmac
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from aws_client.errors import AwsServiceError, RequestNotSent
from bench.api_event import api_event
from inbound_sms.api import Signature, base64_key
from inbound_sms.errors import ConfigurationError
from inbound_sms.settings import provider_settings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from tests.component.conftest import Counts, with_ingestor
from tests.support.acme import ACME, AcmeSettings
from tests.support.acme import signed as acme_signed
from tests.support.acme.sender import ACME_ENTRY, TEXT
from tests.support.memory import Memory

HOST = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
KEY = "the-signing-key-of-acme"
AUTHORIZATION = {"authorization": "Token main-account"}
ACCEPTED = "acme/1"

Acme = Callable[..., WebhookHandler]


@pytest.fixture
def acme(memory: Memory) -> Acme:
    """Make Acme's webhook with a document of secrets, and with other parts of the provider where they matter."""

    def make(secrets: dict[str, Any] | None = None, **parts: Any) -> WebhookHandler:
        receiver = memory.receiver(ACME_ENTRY, secrets or {"authorization": ["Token main-account"]})
        return replace(receiver, provider=ACME._replace(**parts))

    return make


def post(body: object, path: str = "/acme", headers: dict[str, str] | None = None, **said: Any) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api_event(path, content, AUTHORIZATION if headers is None else headers, **said)


def signed(path: str, body: bytes, *, base: str = HOST, key: str = KEY, age: float = 0) -> dict[str, str]:
    now = str(int(time.time() - age))
    over = f"{now}.{base}{path}.".encode() + body
    return {"acme-time": now, "acme-signature": hmac.new(key.encode(), over, hashlib.sha256).hexdigest()}


def ids(memory: Memory) -> list[str]:
    return sorted(json.loads(document)["id"] for document in memory.queued())


# ---- Methods, URLs, responses ----------------------------------------------------------------------------------------

FORM = {**AUTHORIZATION, "content-type": "application/x-www-form-urlencoded"}
REQUESTS: dict[str, tuple[dict[str, Any], int, str, list[str]]] = {
    "json": (post(TEXT), 200, "<ok>POST</ok>", [ACCEPTED]),
    "form": (post(b"id=1&from=%2B4530000000&text=a", headers=FORM), 200, "<ok>POST</ok>", [ACCEPTED]),
    "get": (post(b"", method="GET", query="id=1&from=%2B4530000000&text=a"), 200, "<ok>GET</ok>", [ACCEPTED]),
    "second URL": (post({**TEXT, "status": "ok"}, "/acme/status"), 200, "<ok>POST</ok>", ["acme/1:ok"]),
    "nothing to store": (post(b"", method="GET", query="check=1"), 200, "fine", []),
    "method": (post(TEXT, method="PUT"), 405, '{"error":"method not allowed"}', []),
    "URL": (post(TEXT, "/acme/nowhere/at/all"), 404, '{"error":"no such URL"}', []),
    "probe": (post(b"", method="HEAD", headers={}), 204, "", []),
    "handshake of a stranger":
        (post(b"", headers={"acme-challenge": "c"}), 401, '{"error":"wrong or missing credentials"}', []),
    "handshake": (post(b"", headers={**AUTHORIZATION, "acme-challenge": "c"}), 200, "c", []),
}  # fmt: skip


@pytest.mark.parametrize(("event", "status", "body", "queued"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_gets_its_response(
    acme: Acme, memory: Memory, counts: Counts, event: dict[str, Any], status: int, body: str, queued: list[str]
) -> None:
    response = acme().handle(event)

    assert (response["statusCode"], response["body"]) == (status, body)
    if body == "c":
        assert response["headers"] == {"content-type": "text/plain", "acme-echo": "yes"}
    assert ids(memory) == queued
    assert memory.quarantined() == []
    if body == "fine":
        assert counts() == {"Ignored": 1}, "no alarm rings"


@pytest.mark.parametrize(
    ("awaits_challenge", "kind", "headers", "counted"),
    [
        (True, "basic", {}, "Challenged"),
        (True, "basic", {"authorization": "Basic d3Jvbmc6d3Jvbmc="}, "Refused"),
        (True, "authorization", {}, "Refused"),  # no challenge asks for that
        (False, "basic", {}, "Refused"),
    ],
)
def test_only_who_awaits_a_challenge_may_come_without_credentials_and_raise_no_alarm(
    acme: Acme, counts: Counts, awaits_challenge: bool, kind: str, headers: dict[str, str], counted: str
) -> None:
    webhook = acme(ACME_ENTRY.secrets_of(kind), awaits_challenge=awaits_challenge)

    response = webhook.handle(post(TEXT, headers=headers))
    assert response["statusCode"] == 401
    assert ("www-authenticate" in response["headers"]) == (kind == "basic")
    assert counts() == {counted: 1}


OLD, NEW = "the-old-secret-of-the-path", "the-new-secret-of-the-path"
IN_FORCE = {"path_secret": [OLD, NEW]}


@pytest.mark.parametrize(
    ("secrets", "path", "told"),
    [
        (IN_FORCE, f"/acme/{OLD}", ["***", "***"]),
        (IN_FORCE, f"/acme/status/{NEW}", ["***", "***"]),
        (IN_FORCE, "/acme/status", None),
        ({"authentication": "none"}, "/acme/status", [OLD, NEW]),  # where the end of the path is no secret
    ],
)
def test_a_path_secret_comes_last_in_any_of_the_urls_and_gets_into_no_event(
    acme: Acme, memory: Memory, secrets: dict[str, Any], path: str, told: list[str] | None
) -> None:
    """Some providers repeat the URL in every message; no subscriber may learn a secret that is in force."""
    event = post({**TEXT, "url": f"{HOST}/acme/{OLD}/", "other": NEW}, path, headers={})

    assert acme(secrets).handle(event)["statusCode"] == (200 if told else 401)
    payloads = [json.loads(document)["data"]["provider_payload"] for document in memory.queued()]
    expected = [[f"{HOST}/acme/{told[0]}/", told[1]]] if told else []
    assert [[payload["url"], payload["other"]] for payload in payloads] == expected


# ---- Batches ---------------------------------------------------------------------------------------------------------

BATCH = [TEXT, {"text": "no id"}, {**TEXT, "id": "3"}, {"id": ["?"]}, "no object", {"kind": "x"}, {"kind": "x"}]


def test_the_items_of_a_batch_fail_each_for_itself_and_a_replay_asks_for_those_only(
    acme: Acme, memory: Memory, counts: Counts
) -> None:
    handler = acme()

    assert handler.handle(post(BATCH))["statusCode"] == 200

    queued = ids(memory)
    assert [event_id for event_id in queued if "sha256" not in event_id] == ["acme/1", "acme/3"]
    assert len(set(queued)) == 4, "two unknown things in one request have ids of their own"
    [(key, body, record)] = memory.quarantined()
    assert json.loads(body) == BATCH
    assert [(item["item"], item["field"]) for item in record["items"]] == [(1, "id"), (3, "id"), (4, None)]
    assert counts() == {"Accepted": 1, "Quarantined": 1, "Unknown": 2}

    def parse_better(request: Any) -> Any:  # the fix
        return ACME.parse(request._replace(body=request.body.replace(b"no id", b'x", "id": "2')))[:1]

    assert handler.recover(key)["outcome"] == "unreadable"
    assert with_ingestor(handler, parse=parse_better).recover(key) == {"outcome": "accepted", "event_ids": ["acme/2"]}
    assert ids(memory) == ["acme/2"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[1, 2]", "not a JSON object"),
        (b"[]", "it contains no event"),
        (b"[" + b"1," * 1_000 + b"1]", "a batch of more than 1000 items"),
        (b"[", "not JSON"),
    ],
)
def test_a_batch_of_which_nothing_can_be_read_is_quarantined(
    acme: Acme, memory: Memory, body: bytes, reason: str
) -> None:
    assert acme().handle(post(body))["statusCode"] == 200
    assert [record["reason"].partition(": EOF")[0] for _, _, record in memory.quarantined()] == [reason]
    assert memory.queued() == []


# ---- Signatures ------------------------------------------------------------------------------------------------------

BODY = json.dumps(TEXT).encode()
SIGNATURES: dict[str, tuple[dict[str, Any], int]] = {
    "now": ({}, 200),
    "a clock ahead": ({"age": -200}, 200),
    "too far ahead": ({"age": -303}, 401),
    "a retry": ({"age": 300}, 200),
    "too old": ({"age": 700}, 401),
    "another URL": ({"path": "/acme/status"}, 401),
    "another host": ({"base": "https://evil.example"}, 401),
}


@pytest.mark.parametrize(("how", "status"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_is_checked_over_the_url_that_was_called_and_within_its_window(
    acme: Acme, how: dict[str, Any], status: int
) -> None:
    """What else may be wrong with one is shown by those of the providers (test_authentication_matrix)."""
    headers = signed(**{"path": "/acme", "body": BODY} | how)
    forwarded = {"x-forwarded-host": "evil.example", "host": "evil.example"}
    assert acme({"hmac": [KEY]}).handle(post(BODY, headers=headers | forwarded))["statusCode"] == status


BASE64_KEY = "dGhl-LXNp-Z25p-bmct-a2V5-LW9m-LWFj-bWU="  # that of KEY; what is no Base64 in it doesn't count


@pytest.mark.parametrize(
    ("secrets", "key", "status"),
    [
        ([BASE64_KEY], KEY, 200),
        ([BASE64_KEY.rstrip("=")], KEY, 200),
        ([BASE64_KEY], BASE64_KEY, 401),
        (["--------", BASE64_KEY], KEY, 200),
        (["--------", BASE64_KEY], "", 401),  # whatever an undecodable secret leaves is no key
        (["--------"], "", 503),
        (["AAAAAAAAA"], "", 503),
    ],
)
def test_a_secret_may_be_the_base64_of_the_key(acme: Acme, secrets: list[str], key: str, status: int) -> None:
    scheme = Signature(acme_signed, headers=("acme-signature",), key=base64_key)
    handler = acme({"hmac": secrets}, schemes=(scheme,))

    assert handler.handle(post(BODY, headers=signed("/acme", BODY, key=key)))["statusCode"] == status


def test_the_url_is_the_one_that_the_provider_was_given(memory: Memory) -> None:
    base = "https://sms.example.com/in"
    handler = memory.receiver(ACME_ENTRY, {"hmac": [KEY]}, public_url=f"{base}/")
    headers = signed("/acme?id=1", b"", base=base)
    for query, status in (("id=1", 200), ("id=2", 401)):
        assert handler.handle(post(b"", headers=headers, method="GET", query=query))["statusCode"] == status


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/acme/status/a-secret-of-the-path", "text=a&sig=s3cret"),
        ("/acme/status/a-secret-of-the-path/", "text=a&s%69g=s3cret"),
        ("/acme/status/a%2Dsecret-of-the-p%61th", "sig=s3cret&text=a"),
    ],
    ids=["plain", "a slash behind", "percent-encoded"],
)
def test_the_quarantine_keeps_how_a_request_came_and_nothing_that_proves_it(
    acme: Acme, memory: Memory, path: str, query: str
) -> None:
    handler = acme({"path_secret": ["a-secret-of-the-path"]})
    headers = {"acme-signature": "s3cret", "authorization": "s3cret", "x-other": "kept"}
    handler.handle(post(b"", path, headers=headers, method="GET", query=query))

    [(_, _, record)] = memory.quarantined()
    assert (record["method"], record["route"], record["query"]) == ("GET", "status", "text=a")
    assert record["url"] == f"{HOST}/acme/status/***?text=a"
    assert record["headers"]["x-other"] == "kept"
    assert "s3cret" not in json.dumps(record)
    assert "secret-of-the-p" not in json.dumps(record)


# ---- Faults ----------------------------------------------------------------------------------------------------------


def fault(*_: object) -> Any:
    raise RuntimeError("a text that must not be told")


def refusing(operation: str, error: Exception) -> Any:
    return Mock(**{f"{operation}.side_effect": error})


UNREACHABLE = RequestNotSent("SendMessage", "ConnectionRefusedError")
DENIED = AwsServiceError("PutObject", "AccessDenied")
NO_QUEUE = {"queue": EventQueue(refusing("send_message", UNREACHABLE), "queue")}
NO_QUARANTINE = {"quarantine": Quarantine(refusing("put_object", DENIED), "quarantine", "acme")}
NO_PAYLOADS = {"payloads": PayloadStore(refusing("put_object", DENIED), "payloads", "acme")}
LARGE = {**TEXT, "more": "x" * 255_000}


@pytest.mark.parametrize(
    ("body", "broken", "cause"),
    [
        (TEXT, NO_QUEUE, "queue unavailable (RequestNotSent ConnectionRefusedError SendMessage)"),
        (b"half a", NO_QUARANTINE, "quarantine unavailable (AwsServiceError AccessDenied PutObject)"),
        (LARGE, NO_PAYLOADS, "payloads bucket unavailable (AwsServiceError AccessDenied PutObject)"),
        (TEXT, {"queue": Mock(send=fault)}, "RuntimeError"),
    ],
    ids=["queue", "quarantine", "payloads", "what nobody thought of"],
)
def test_what_cannot_be_stored_is_answered_with_503_and_the_operator_hears_why(
    acme: Acme, memory: Memory, logs: io.StringIO, body: object, broken: dict[str, Any], cause: str
) -> None:
    receiver = acme()
    assert with_ingestor(receiver, **broken).handle(post(body))["statusCode"] == 503
    assert memory.taken() == []
    [told] = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert told["cause"] == cause
    assert told["delivery_id"]
    assert told.get("where", "").startswith("test_provider_api.py:") == (cause == "RuntimeError")
    assert "must not be told" not in logs.getvalue()

    assert receiver.handle(post(body))["statusCode"] == 200, "the provider's retry"
    assert len(memory.taken()) == 1


@pytest.mark.parametrize(("hook", "status"), [("handshake", 200), ("account", 200), ("accepted", 503)])
def test_a_fault_of_a_hook_loses_no_message(
    acme: Acme, memory: Memory, logs: io.StringIO, hook: str, status: int
) -> None:
    assert acme(**{hook: fault}).handle(post(TEXT))["statusCode"] == status
    assert ids(memory) == [ACCEPTED]
    assert "must not be told" not in logs.getvalue()


def test_what_the_parser_fails_over_is_quarantined(acme: Acme, memory: Memory, logs: io.StringIO) -> None:
    assert with_ingestor(acme(), parse=fault).handle(post(TEXT))["statusCode"] == 200
    [(_, body, record)] = memory.taken()
    assert (json.loads(body), record["reason"]) == (TEXT, "the parser failed: RuntimeError")
    assert "must not be told" not in logs.getvalue()


# ---- Accounts and settings -------------------------------------------------------------------------------------------

ACCOUNTS = {"authorization": ["Token main-account"], "accounts": {"a2": {"authorization": ["Token account-two"]}}}


@pytest.mark.parametrize(
    ("secrets", "query", "token", "identity"),
    [
        (ACCOUNTS, "", "Token main-account", "authorization"),
        (ACCOUNTS, "account=a2", "Token account-two", "authorization@a2"),
        (ACCOUNTS, "account=a2", "Token main-account", None),
        (ACCOUNTS, "", "Token account-two", None),
        (ACCOUNTS, "account=a3", "Token main-account", "authorization"),
        ({"accounts": ACCOUNTS["accounts"]}, "account=a2", "Token account-two", "authorization@a2"),
        ({"accounts": ACCOUNTS["accounts"]}, "account=a3", "Token account-two", None),
    ],
)
def test_each_account_proves_itself_by_its_own_secrets(
    acme: Acme, memory: Memory, secrets: dict[str, Any], query: str, token: str, identity: str | None
) -> None:
    response = acme(secrets).handle(post(TEXT, headers={"authorization": token}, query=query))

    assert response["statusCode"] == (200 if identity else 401)
    told = [json.loads(event)["data"]["authenticated_by"] for event in memory.queued()]
    assert told == ([identity] if identity else [])


SETTINGS: dict[str, float | str] = {
    "": 600,
    "acme.max_age_seconds=60": 60,
    " other.x=1 , acme.max_age_seconds=60,": 60,
    "acmex.y=1": 600,
    "acme.max_age_seconds=0": "ProviderSettings: acme.max_age_seconds: Input should be greater than 0",
    "acme.max_age=1": "ProviderSettings: acme.max_age: Extra inputs are not permitted",
}


@pytest.mark.parametrize(("setting", "read"), SETTINGS.items())
def test_a_provider_reads_its_own_settings_and_a_wrong_one_is_named(setting: str, read: float | str) -> None:
    if isinstance(read, str):
        with pytest.raises(ConfigurationError) as raised:
            provider_settings(AcmeSettings, "acme", setting)
        assert str(raised.value) == read
    else:
        assert provider_settings(AcmeSettings, "acme", setting) == AcmeSettings(max_age_seconds=read)
