"""What the core offers a provider, shown by one that doesn't exist (tests/support/acme)."""

import hashlib
import hmac
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bench.api_event import api_event
from inbound_sms.api import Request, Response, Signature, base64_key
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.errors import ConfigurationError
from inbound_sms.settings import WebhookSettings, provider_settings
from inbound_sms.storage.payload_store import PayloadStore
from inbound_sms.storage.quarantine import Quarantine
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from inbound_sms.webhook.ingest import Ingestor
from tests.component.conftest import Counts
from tests.support.acme import ACME, AcmeSettings
from tests.support.acme import signed as acme_signed
from tests.support.memory import Memory

HOST = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
KEY = "the-signing-key-of-acme"
AUTHORIZATION = {"authorization": "Token main-account"}
TEXT = {"id": "1", "from": "+4530000000", "to": "+4540000000", "text": "hello", "at": "2026-01-01T00:00:00Z"}


@pytest.fixture
def acme(memory: Memory) -> Callable[..., WebhookHandler]:
    """Make Acme's webhook with a document of secrets, and settings where they matter."""

    def make(secrets: dict[str, Any] | None = None, **settings: Any) -> WebhookHandler:
        memory.put_secrets("/acme", {"authorization": ["Token main-account"]} if secrets is None else secrets)
        own = AcmeSettings(**settings.pop("own", {}))
        checked = WebhookSettings.model_validate({
            "queue_url": memory.queue_url, "quarantine_bucket": memory.bucket, "payloads_bucket": memory.payloads,
            "provider_parameter": "/acme", **settings,
        })  # fmt: skip
        ingestor = Ingestor(
            ACME.parse, EventQueue(memory.sqs, memory.queue_url), Quarantine(memory.s3, memory.bucket, "acme"),
            PayloadStore(memory.s3, memory.payloads, "acme"), checked.max_event_bytes,
        )  # fmt: skip
        return WebhookHandler(ACME, checked, SecretStore(memory.ssm, "/acme", 300), ingestor, own)

    return make


def post(body: object, path: str = "/acme", headers: dict[str, str] | None = None, **said: Any) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api_event(path, content, AUTHORIZATION if headers is None else headers, **said)


def signed(
    path: str, body: bytes, *, base: str = HOST, key: str = KEY, age: float = 0, query: str = ""
) -> dict[str, str]:
    now = str(int(time.time() - age))
    url = f"{base}{path}" + (f"?{query}" if query else "")
    over = f"{now}.{url}.".encode() + body
    return {"acme-time": now, "acme-signature": hmac.new(key.encode(), over, hashlib.sha256).hexdigest()}


def ids(memory: Memory) -> list[str]:
    return sorted(json.loads(document)["id"] for document in memory.queued())


# ---- Methods, URLs, responses ----------------------------------------------------------------------------------------

FORM = {**AUTHORIZATION, "content-type": "application/x-www-form-urlencoded"}
ACCEPTED = "acme/1"


@pytest.mark.parametrize(
    ("event", "status", "body", "queued"),
    [
        (post(TEXT), 200, "<ok>POST</ok>", [ACCEPTED]),
        (post(b"id=1&from=%2B4530000000&text=a", headers=FORM), 200, "<ok>POST</ok>", [ACCEPTED]),
        (post(b"", method="GET", query="id=1&from=%2B4530000000&text=a"), 200, "<ok>GET</ok>", [ACCEPTED]),
        (post({**TEXT, "status": "ok"}, "/acme/status"), 200, "<ok>POST</ok>", ["acme/1:ok"]),
        (post(b"", method="GET", query="check=1"), 200, "fine", []),
        (post(TEXT, method="PUT"), 405, '{"error":"method not allowed"}', []),
        (post(TEXT, "/acme/nowhere/at/all"), 404, '{"error":"no such URL"}', []),
        (post(b"", method="HEAD", headers={}), 204, "", []),
        (post(b"", headers={"acme-challenge": "c"}), 401, '{"error":"wrong or missing credentials"}', []),
        (post(b"", headers={**AUTHORIZATION, "acme-challenge": "c"}), 200, "c", []),
    ],
    ids=["json", "form", "get", "second URL", "nothing to store", "method", "URL", "probe", "handshake of a stranger",
         "handshake"],
)  # fmt: skip
def test_a_request_gets_its_response(
    acme: Any, memory: Memory, counts: Counts, event: dict[str, Any], status: int, body: str, queued: list[str]
) -> None:
    response = acme().handle(event)

    assert (response["statusCode"], response["body"]) == (status, body)
    if body == "c":
        assert response["headers"] == {"content-type": "text/plain", "acme-echo": "yes"}
    assert ids(memory) == queued
    assert memory.quarantined() == []
    if body == "fine":
        assert counts() == {"Ignored": 1}, "no alarm rings"


def test_a_fault_of_the_handshake_keeps_no_message_out(acme: Any, memory: Memory) -> None:
    def failing(request: Request) -> Response | None:
        raise KeyError(request.body)

    handler = replace(acme(), provider=ACME._replace(handshake=failing))
    assert handler.handle(post(TEXT))["statusCode"] == 200
    assert ids(memory) == [ACCEPTED]


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
    acme: Any, counts: Counts, awaits_challenge: bool, kind: str, headers: dict[str, str], counted: str
) -> None:
    secret = {"username": "acme", "password": "the-password"} if kind == "basic" else AUTHORIZATION["authorization"]
    webhook = replace(acme({kind: [secret]}), provider=ACME._replace(awaits_challenge=awaits_challenge))

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
    acme: Any, memory: Memory, secrets: dict[str, Any], path: str, told: list[str] | None
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
    acme: Any, memory: Memory, counts: Counts
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

    fixed = replace(handler, ingestor=replace(handler.ingestor, parse=parse_better))
    assert handler.recover(key)["outcome"] == "unreadable"
    assert fixed.recover(key) == {"outcome": "accepted", "event_ids": ["acme/2"]}
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
    acme: Any, memory: Memory, body: bytes, reason: str
) -> None:
    assert acme().handle(post(body))["statusCode"] == 200
    assert [record["reason"].partition(": EOF")[0] for _, _, record in memory.quarantined()] == [reason]
    assert memory.queued() == []


# ---- Signatures ------------------------------------------------------------------------------------------------------

BODY = json.dumps(TEXT).encode()


SIGNATURES: dict[str, tuple[dict[str, Any], dict[str, str], int]] = {
    "right": ({}, {}, 200),
    "a clock ahead": ({"age": -200}, {}, 200),
    "too far ahead": ({"age": -3_000}, {}, 401),
    "a retry": ({"age": 300}, {}, 200),
    "too old": ({"age": 700}, {}, 401),
    "rotated": ({"key": "the-old-key-of-acme"}, {}, 200),
    "another key": ({"key": "nobody's"}, {}, 401),
    "another body": ({"body": BODY + b" "}, {}, 401),
    "another URL": ({"path": "/acme/status"}, {}, 401),
    "another host": ({"base": "https://evil.example"}, {}, 401),
    "no time": ({}, {"acme-time": "now"}, 401),
    "no signature": ({}, {"acme-signature": ""}, 401),
    "nothing": ({}, {"acme-time": "", "acme-signature": ""}, 401),
}


@pytest.mark.parametrize(("how", "changed", "status"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_is_checked_over_what_was_called_within_its_window(
    acme: Any, how: dict[str, Any], changed: dict[str, str], status: int
) -> None:
    handler = acme({"hmac": [KEY, "the-old-key-of-acme"]})
    headers = signed(**{"path": "/acme", "body": BODY} | how) | changed
    forwarded = {"x-forwarded-host": "evil.example", "host": "evil.example"}
    assert handler.handle(post(BODY, headers={**headers, **forwarded}))["statusCode"] == status


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
def test_a_secret_may_be_the_base64_of_the_key(acme: Any, secrets: list[str], key: str, status: int) -> None:
    scheme = Signature(acme_signed, headers=("acme-signature",), key=base64_key)
    handler = replace(acme({"hmac": secrets}), provider=ACME._replace(schemes=(scheme,)))

    assert handler.handle(post(BODY, headers=signed("/acme", BODY, key=key)))["statusCode"] == status


def test_the_url_is_the_one_that_the_provider_was_given(acme: Any) -> None:
    base = "https://sms.example.com/in"
    handler = acme({"hmac": [KEY]}, public_url=f"{base}/")
    headers = signed("/acme", b"", base=base, query="id=1")
    assert handler.handle(post(b"", headers=headers, method="GET", query="id=1"))["statusCode"] == 200
    assert handler.handle(post(b"", headers=headers, method="GET", query="id=2"))["statusCode"] == 401


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
    acme: Any, memory: Memory, path: str, query: str
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


def test_where_no_response_can_be_made_the_provider_has_to_retry(acme: Any, memory: Memory, logs: io.StringIO) -> None:
    def broken(_request: Request) -> Response:
        raise KeyError("a text that must not be told")

    handler = replace(acme(), provider=ACME._replace(accepted=broken))

    assert handler.handle(post(TEXT))["statusCode"] == 503
    assert "must not be told" not in logs.getvalue()
    assert ids(memory) == [ACCEPTED]


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
    acme: Any, memory: Memory, secrets: dict[str, Any], query: str, token: str, identity: str | None
) -> None:
    response = acme(secrets).handle(post(TEXT, headers={"authorization": token}, query=query))

    assert response["statusCode"] == (200 if identity else 401)
    assert [json.loads(event)["data"]["authenticated_by"] for event in memory.queued()] == (
        [identity] if identity else []
    )


def test_a_fault_of_what_reads_the_account_keeps_no_request_out(acme: Any, memory: Memory) -> None:
    def account(_request: Request) -> str | None:
        raise KeyError("nobody thought of it")

    handler = acme(ACCOUNTS)
    handler = replace(handler, provider=handler.provider._replace(account=account))

    assert handler.handle(post(TEXT))["statusCode"] == 200
    assert handler.handle(post(TEXT, headers={"authorization": "Token two"}))["statusCode"] == 401
    assert len(memory.queued()) == 1


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
