"""`gateway send`: what it posts goes through the real functions, and what they answer is read as the provider does."""

import json
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from threading import Lock
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError

from gateway.simulator import Post, Verdict, local_secret
from gateway.simulator.registry import senders
from inbound_sms.auth.secret_store import SecretStore
from tests.support.acme.sender import ACME_ENTRY, SENDER
from tests.support.installed import API, STAGE, Desk
from tests.support.memory import Memory
from tests.support.providers import event_of, registered
from tests.support.signing import basic, parameter
from tests.support.token_endpoint import endpoint_of, token_event

ENTRIES = {entry.provider.name: entry for entry in (*registered(), ACME_ENTRY)}
KEY = "k" * 32
CLIENT = {"client_id": "client", "client_secret": "a-secret"}
MESSAGE = "inbound-sms.message.received.v1"
TYPES = {
    "report": "inbound-sms.delivery.reported.v1",
    "read": "inbound-sms.delivery.reported.v1",
    "click": "inbound-sms.link.clicked.v1",
    "survey": "inbound-sms.survey.answered.v1",
    "consent": "inbound-sms.consent.changed.v1",
    "unknown": "inbound-sms.unknown.v1",
}
AT_ONCE = ("--faster", "1000000")


class Front:
    """API Gateway with the functions behind it; the status and body of its first answers may be said before."""

    def __init__(self, office: Desk, memory: Memory) -> None:
        self._office = office
        self._memory = memory
        self.posted: list[tuple[str, bytes]] = []
        self.signed: set[str] = set()
        self.answers: Iterator[tuple[int, str] | Exception] = iter(())
        self._one = Lock()  # as in Lambda: an instance never handles two requests at a time, and its code relies on it

    def post(
        self, url: str, *, method: str = "POST", content: bytes = b"", headers: Any = (), **more: Any
    ) -> httpx.Response:
        path = urlsplit(url).path
        if path.startswith("/oauth2/"):
            return self._token(path.split("/")[2], more["data"], more["auth"])
        self.posted.append((path, content))
        self.signed |= {value for key, value in dict(headers).items() if key.lower() not in {"content-type", "host"}}
        if (answer := next(self.answers, None)) is not None:
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer[0], text=answer[1])
        name = path.split("/")[1]
        receiver = self._memory.receiver(ENTRIES[name], self._office.secrets(name))
        with self._one:
            response = receiver.handle(event_of(Post(url, dict(headers), content, method)))
        return httpx.Response(response["statusCode"], text=response["body"], headers={"apigw-requestid": "r-1"})

    def _token(self, provider: str, form: dict[str, str], auth: tuple[str, str]) -> httpx.Response:
        store = SecretStore(self._office.aws.ssm, f"/inbound-sms/{STAGE}/{provider}", 300)
        response = endpoint_of({provider: store}).handle(token_event(form, basic(*auth), provider))
        request = httpx.Request("POST", "https://token.example")
        return httpx.Response(response["statusCode"], text=response["body"], request=request)

    def queued(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self._memory.queued()]

    def quarantined(self) -> list[str]:
        """Return whose messages are in the quarantine."""
        return [key.partition("/")[0] for key, _, _ in self._memory.quarantined()]


@pytest.fixture
def front(office: Desk, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> Front:
    made = Front(office, memory)
    monkeypatch.setattr(httpx, "post", made.post)  # a token is fetched
    monkeypatch.setattr(httpx.Client, "request", lambda _, method, url, **more: made.post(url, method=method, **more))
    monkeypatch.setattr(ssl, "create_default_context", Mock())  # a client needs none, and it takes long to make
    monkeypatch.setattr("gateway.cli.send.await_outcomes", Mock(return_value={}))  # nothing is logged
    configure(office, ACME_ENTRY.secrets)
    return made


def configure(office: Desk, document: dict[str, Any], provider: str = "acme") -> None:
    office.aws.put_secrets(f"/inbound-sms/{STAGE}/{provider}", document)


@pytest.mark.parametrize("provider", ENTRIES)
def test_what_a_provider_sends_ends_where_it_belongs(
    office: Desk, front: Front, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(office, ENTRIES[provider].secrets, provider)
    sender = ENTRIES[provider].sender
    retries = replace(sender.retries, waits=sender.retries.waits[:5])  # some try for days
    monkeypatch.setitem(senders(), provider, replace(sender, retries=retries))
    for event in sender.callbacks:
        sent = office.json("send", provider, "--event", event, "--count", "2")
        assert [each["delivered"] for each in sent] == [True, True], event
        events = front.queued()
        assert len({each["id"] for each in events}) == 2, event
        assert {each["type"] for each in events} == {TYPES.get(event.partition("-")[0], MESSAGE)}, event
    assert front.quarantined() == []

    words = ("--from", "+447700900001", "--to", "+447700900002", "--text", "50 % & more \N{WAVING HAND SIGN}")
    office.json("send", provider, *words)
    [data] = [event["data"] for event in front.queued()]
    assert [data["sender"]["number"], data["recipient"]["number"], data["text"]] == [*words[1::2]]

    [sent] = office.json("send", provider, "--wrong-signature", *AT_ONCE, status=1)
    assert {attempt["status"] for attempt in sent["attempts"]} == {401}
    gives_up = sender.retries.read(401, sent["attempts"][0]["body"].encode()) is Verdict.GIVEN_UP
    assert len(sent["attempts"]) == (1 if gives_up else 1 + len(retries.waits))

    [sent] = office.json("send", provider, "--broken")
    assert sent["delivered"], "the provider has nothing to repeat"
    assert front.quarantined() == [provider]
    assert front.queued() == []


def test_duplicates_are_the_very_same(office: Desk, front: Front) -> None:
    sent = office.json("send", "acme", "--count", "3", "--duplicates", "2")

    assert sorted((each["number"], each["copy"]) for each in sent) == [(n, c) for n in range(3) for c in range(3)]
    assert sorted(Counter(body for _, body in front.posted).values()) == [3, 3, 3]
    assert len({event["id"] for event in front.queued()}) == 3


def test_parts_are_a_text_torn_in_order_under_one_reference(office: Desk, front: Front) -> None:
    office.json("send", "acme", "--parts", "3", "--text", "seven !")

    bodies = sorted((json.loads(body) for _, body in front.posted), key=lambda body: body["part"])
    assert [(body["text"], body["part"][1:]) for body in bodies] == [("se", [3, 1]), ("ve", [3, 2]), ("n !", [3, 3])]
    assert (len({body["part"][0] for body in bodies}), len({body["id"] for body in bodies})) == (1, 3)


OAUTH2 = {"clients": [CLIENT], "signing_keys": [KEY]}
BASIC = [{"username": "u", "password": "password"}]
WAYS: list[dict[str, Any]] = [
    {"basic": [*BASIC, {"username": "u", "password": "the-old-one"}]},
    {"authorization": ["Token the-new-one", "Token the-old-one"]},
    {"header": [{"name": "X-Token", "value": "the-value"}]},
    {"hmac": ["the-new-one", "the-old-one"]},
    {"path_secret": ["n" * 16, "o" * 16]},
    parameter(SENDER, "public_key", ["the-provider's-own", local_secret(SENDER)]),
    {"oauth2": OAUTH2},
    {"basic": BASIC, "hmac": ["a-secret"], "require": ["hmac+basic"]},
    {"oauth2": OAUTH2, "hmac": ["a-secret"], "path_secret": ["s" * 16], "require": ["oauth2+hmac+path_secret"]},
    {"authentication": "none"},
]


def secrets_in(document: Any, name: str = "") -> set[str]:
    """Return every text in a parameter but the names by which somebody is known, and what is asked for."""
    if isinstance(document, dict):
        return {text for key, value in document.items() for text in secrets_in(value, key)}
    if isinstance(document, list):
        return {text for value in document for text in secrets_in(value, name)}
    return set() if name in {"username", "name", "client_id", "require", "authentication"} else {document}


@pytest.mark.parametrize("document", WAYS, ids=str)
def test_it_signs_in_each_way_and_shows_neither_a_secret_nor_a_signature(
    office: Desk, front: Front, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # nothing is broken over two lines
    configure(office, document)

    for event in ("message", "message-get", "report"):
        sent, shown = (office.run("send", "acme", "--event", event, *more) for more in (("--json",), ()))
        assert json.loads(sent.stdout)[0]["attempts"][0]["status"] == 200
        # Without "Basic", too.
        private = {value.rpartition(" ")[2] for value in secrets_in(document) | front.signed}
        assert [each for each in private if each in sent.output + shown.output] == []
    assert front.signed or document.keys() <= {"path_secret", "authentication"}
    if "authentication" not in document:
        [refused] = office.json("send", "acme", "--wrong-signature", *AT_ONCE, status=1)
        assert refused["attempts"][0]["status"] == 401


def test_it_is_as_patient_as_the_provider(office: Desk, front: Front) -> None:
    front.answers = iter([(503, ""), httpx.ReadTimeout("slow")])

    [sent] = office.json("send", "acme", *AT_ONCE)

    assert [(each["status"], each["error"], each["verdict"]) for each in sent["attempts"]] == [
        (503, None, "try again"),
        (None, "ReadTimeout", "try again"),
        (200, None, "delivered"),
    ]
    assert len({body for _, body in front.posted}) == 1

    front.answers = iter([(503, "")])
    assert re.search(r"^#0: 503 after \d+ ms, again in ", office.run("send", "acme", *AT_ONCE).stderr, re.MULTILINE)


def test_a_first_connection_that_fails_ends_it_at_once_with_the_host(office: Desk, front: Front) -> None:
    front.answers = repeat(httpx.ConnectError("refused"))

    ended = office.run("trigger", "acme")  # as it is called by those who come from elsewhere

    assert (ended.exit_code, ended.stdout, len(front.posted)) == (1, "", 1)
    assert ended.stderr == f"{urlsplit(API).netloc} can't be reached: refused\n"


def test_people_get_a_table_with_the_answers_counted_although_nobody_may_read_the_logs(
    office: Desk, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "FilterLogEvents")
    monkeypatch.setattr("gateway.cli.send.await_outcomes", Mock(side_effect=denied))
    front.answers = iter([(200, "\x1b[31mred")])

    shown = office.run("send", "acme", "--count", "3")

    assert shown.exit_code == 0
    assert "\x1b" not in shown.stdout
    assert "What acme got back" in shown.stdout
    assert [line.split()[-5] for line in shown.stdout.splitlines() if line.strip().startswith("200")] == ["1", "2"]
    assert shown.stderr.startswith("The logs, which tell what became of it, can't be read: ")


def test_a_file_is_posted_byte_for_byte(office: Desk, front: Front, tmp_path: Path) -> None:
    body = b'{"id":"1",  "from":"1", "to":"2", "text":"\xc3\xa9"}'
    (tmp_path / "body").write_bytes(body)

    office.json("send", "acme", "--file", str(tmp_path / "body"), "--content-type", "text/plain")

    assert front.posted == [("/acme", body)]
    assert front.queued()[0]["data"]["text"] == "\N{LATIN SMALL LETTER E WITH ACUTE}"
