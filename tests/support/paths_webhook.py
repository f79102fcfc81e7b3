"""The paths of every provider's function."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from gateway.simulator.formats import FORM, JSON, XML
from gateway.simulator.post import Post
from inbound_sms.parsing.request import Request
from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed
from tests.support.expected import Sample
from tests.support.faults import failing, failing_and_raising
from tests.support.parsing import parse, with_field
from tests.support.paths import Caller, Path
from tests.support.providers import Registered, event_of, registered
from tests.support.signing import KINDS, SECRET, malformed, parameter, sign
from tests.support.spoiled import spoiled


class Webhook(Caller):
    """A provider that posts what is marked, and our function for it."""

    def __init__(self, entry: Registered, stack: Deployed, canaries: CanaryValues) -> None:
        super().__init__(stack, canaries)
        self.called = entry.function
        self.entry = entry
        self.schemes = entry.sender.secrets
        self.secrets = {name: canaries.secret(f"secret of {name}") for name in self.schemes}
        self.message = self.marked(entry.message, entry.content_type)
        self.parameter: dict[str, Any] = {}
        for name, secret in self.secrets.items():
            self.parameter |= parameter(entry.sender, name, [secret])
        self.put(self.parameter)

    def put(self, parameter: dict[str, Any] | str) -> None:
        name = f"/inbound-sms/dev/{self.entry.provider.name}"
        self.deployed.aws.put_document(name, self.entry)
        self.deployed.aws.put_secrets(name, parameter)

    def marked(self, body: bytes, content_type: str, event: dict[str, Any] | None = None) -> bytes:
        """Return what makes this event (an ordinary message) with canaries in it, one of them in an unknown field."""
        event = event or parse(self.entry.provider.name, body, content_type)
        body, name = self.canaries.put_into(body, event), self.canaries.text("a name")
        is_text = content_type in {JSON, FORM}
        return with_field(body, event, contact_name=name) if is_text else body

    def post(
        self,
        *expected: int,
        body: bytes | None = None,
        content_type: str | None = None,
        scheme: str = "",
        sample: Sample | None = None,
        signed: Post | None = None,
    ) -> None:
        """Post, and check that the answer's status is as expected."""
        query = self.canaries.text("query string")
        if signed is None:
            post = self.entry.post(self.message if body is None else body, content_type, sample=sample)
            post = post.with_url(f"{post.url}{'&' if '?' in post.url else '?'}q={query}")
            signed = self.signed(post, self.secrets[scheme or self.entry.kind], scheme)
        for name, value in (("user-agent", "user agent"), ("x-name", "header")):
            signed = signed.with_header(name, self.canaries.text(value))
        event = event_of(signed.with_header("cookie", "a=b"))
        event |= {"queryStringParameters": {"q": query}, "cookies": [f"c={query}"]}
        answer = self.function(event)
        assert answer["statusCode"] in expected, answer

    def signed(self, post: Post, secret: str, scheme: str = "") -> Post:
        return sign(post, self.entry.sender, scheme or self.entry.kind, secret)

    @contextmanager
    def crashing(self) -> Iterator[None]:
        """Have the parser meet what nobody thought of."""

        def crash(_request: object) -> Any:
            raise KeyError(self.private) from ValueError(self.private)

        with self.deployed.patch.context() as patch:
            patch.setattr(Request, "json", crash)
            patch.setattr(Request, "form", crash)
            yield

    @property
    def private(self) -> str:
        """All that is marked, as an error's text may quote it."""
        return f"{self.message!r} {self.parameter}"


def accepted(it: Webhook) -> None:
    it.start()
    for scheme in it.schemes:
        it.post(200, scheme=scheme)
    it.put('{"authentication": "none"}')
    it.start().post(200, signed=it.entry.post(it.message))
    assert len(it.deployed.aws.queued()) == len(it.schemes) + 1


def every_sample(it: Webhook) -> None:
    it.start()
    for sample in (samples := it.entry.expected.samples):
        is_one = len(sample.events) == 1 and sample.method == "POST"
        body = it.marked(sample.body, sample.content_type, sample.events[0]) if is_one else sample.body
        it.post(200, body=body, sample=sample)
    assert len(it.deployed.aws.queued()) >= sum(len(sample.events) for sample in samples) - 2


def refused(it: Webhook) -> None:
    it.start()
    it.canaries.add("malformed secret", SECRET)
    unsigned = it.entry.post(it.message)
    for scheme in it.schemes:
        it.post(401, signed=it.signed(unsigned, it.canaries.secret(f"wrong secret of {scheme}"), scheme))
        right = it.signed(unsigned, SECRET, scheme)
        for wrong in malformed(scheme, right, it.entry.sender, SECRET):
            it.post(401, 404, it.entry.expected.unsigned, signed=wrong)
    it.post(it.entry.expected.unsigned, signed=unsigned)
    it.start(environment={"MAX_BODY_BYTES": "2000"}).post(413, body=it.message * (2_000 // len(it.message) + 1))
    it.put(it.parameter | {"source_ips": ["198.51.100.0/24"]})
    it.start().post(401)
    it.post(it.entry.expected.unsigned, signed=unsigned)


def event_too_large(it: Webhook) -> None:
    """Without its payload, and then even so; with the bucket out of reach."""
    fillers = {FORM: b"filler=%s&contact_name", JSON: b'filler": "%s", "contact_name'}
    body = it.message.replace(b"contact_name", fillers[it.entry.content_type] % (b"x" * 2_000), 1)
    assert body != it.message
    it.start().post(200, body=body)
    [event] = it.deployed.aws.queued()
    limit = {"MAX_EVENT_BYTES": str(len(event.encode()) - 1_000)}
    it.start(environment=limit).post(200, body=body)
    [event] = it.deployed.aws.queued()
    assert json.loads(event)["data"]["provider_payload_ref"]["bucket"] == it.deployed.aws.payloads
    refusing = failing("s3", "PutObject", message=body.decode())
    it.start(environment=limit, clients={"s3": refusing}).post(503, body=body)
    it.start(environment={"MAX_EVENT_BYTES": "400"}).post(200)
    assert it.deployed.aws.quarantined()


def replayed(it: Webhook) -> None:
    """Ask for what is still unreadable, what can be read by now, what isn't there, what can't be reached."""
    it.start().post(200, body=it.message[: len(it.message) // 4])
    with it.crashing():
        it.post(200)
    keys = [key for key, _, _ in it.deployed.aws.quarantined()]
    assert keys
    outcomes = {it.function({"replay": {"key": key}})["outcome"] for key in [*keys, f"{it.entry.provider.name}/0"]}
    assert outcomes >= {"accepted", "not_found"}
    refusing = failing("s3", "GetObject", "SlowDown", message=it.private)
    assert it.start(clients={"s3": refusing}).function({"replay": {"key": keys[0]}})["outcome"] == "failed"


def backfilled(it: Webhook) -> None:
    """Ask for what can be read, what can't be, what is no body, and with the queue out of reach."""
    bodies = [it.message, it.message[: len(it.message) // 4], b"\xff" + it.message]
    content_type = it.entry.content_type
    messages = [{"body": b64encode(each).decode(), "headers": {"content-type": content_type}} for each in bodies]
    messages.append({"body": it.private})
    asked = {"backfill": {"publish": True, "messages": messages}}
    outcomes = [each["outcome"] for each in it.start().function(asked)["results"]]
    assert outcomes[0] == "accepted"
    assert "unreadable" in outcomes
    with it.crashing():
        it.function(asked)
    refusing = failing("sqs", "SendMessage", "Throttled", message=it.private)
    outcomes = [each["outcome"] for each in it.start(clients={"sqs": refusing}).function(asked)["results"]]
    assert set(outcomes) == {"failed"}


def quarantined(it: Webhook) -> None:
    it.start()
    whole, text = it.message, it.canaries.text("text").encode()
    for end in range(1, len(whole), max(1, len(whole) // 4)):
        it.post(200, body=whole[:end])
    odd = [b"", b"\xff\xfe" + whole, whole + b"\0\xff", text]
    odd += [b'"' + text + b'"', b"{" + text + b"}", b"<" + text + b"/>"]
    odd += [b'{"' + text + b'":' * 200, b"<!DOCTYPE " + text + b"><a/>", b'{"a": "\\u' + text + b'"}']
    for body in odd:
        it.post(200, body=body)
    for content_type in ("", JSON, XML, FORM, "multipart/form-data; boundary=x"):
        it.post(200, body=text, content_type=content_type)
    assert it.deployed.aws.quarantined()


def fields_spoiled(it: Webhook) -> None:
    """Each field in turn missing, or holding what it should not."""
    it.start()
    for body in spoiled(it.entry.provider.name, it.message, it.entry.content_type, it.canaries):
        it.post(200, body=body)


def strays(it: Webhook) -> None:
    it.start()
    others = [entry for entry in registered() if entry.provider.name != it.entry.provider.name]
    for content_type, other in {entry.content_type: entry for entry in others}.items():
        body = it.marked(other.message, content_type, parse(other.provider.name, other.message, content_type))
        it.post(200, body=body, content_type=content_type)
    callback = it.entry.sender.callbacks.get("unknown", it.entry.sender.message)
    private = {it.canaries.text("key"): it.canaries.text("text"), "from": it.canaries.number("number")}
    documented = callback.documented
    strange = [{**each, **private} for each in documented] if isinstance(documented, list) else documented | private
    it.post(200, body=callback.written(strange), content_type=callback.content_type)


def stores_fail(it: Webhook) -> None:
    """Where nothing can be kept, nothing may be acknowledged: the queue's messages, and the broken ones' bodies."""
    broken = it.entry.sender.broken[0]  # half a form may still be a message
    for service, operation, body in (("sqs", "SendMessage", None), ("s3", "PutObject", broken)):
        for client in failing_and_raising(service, operation, it.private, "InvalidMessageContents"):
            it.start(clients={service: client}).post(503, body=body)


def parameter_fails(it: Webhook) -> None:
    for client in failing_and_raising("ssm", "GetParameter", it.private, "InternalServerError"):
        it.start(clients={"ssm": client})
        if it.function.handler:  # else Lambda starts it anew
            it.post(503)
    it.start(environment={"SECRETS_MAX_AGE_SECONDS": "0"}).post(200)
    it.deployed.aws.ssm.delete_parameter(Name=f"/inbound-sms/dev/{it.entry.provider.name}")
    it.post(503)
    it.start().post(503)


def misconfigured(it: Webhook) -> None:
    secret = next(iter(it.secrets.values()))
    client = {"client_id": secret + "ü", "client_secret": secret}
    documents: list[Any] = [[it.parameter], {"oauth2": {"clients": [client], "signing_keys": [secret]}}]
    documents += [{name: wrong} for name in it.schemes for wrong in (secret, [secret[:3]], {"x": secret}, [[secret]])]
    documents += [{name: [{"name": secret, "value": 1, "username": secret}]} for name in KINDS]
    documents += [{"path_secret": [f"{secret} {secret}"], name: secret} for name in ("require", "source_ips")]
    documents += [it.parameter | {name: [secret]} for name in ("require", "source_ips")]
    documents += [it.parameter | {"authentication": secret}, {"authorization": [secret]}]
    for value in (secret, f'"{secret}"', json.dumps(it.parameter)[:-1], *map(json.dumps, documents)):
        it.put(value)
        it.start().post(503, 401)  # 401: it is right, but for another scheme
    it.put(it.parameter)
    it.start(environment={"SECRETS_MAX_AGE_SECONDS": "0"}).post(200)
    it.put(f"{{{secret}")
    it.post(200)  # by the last known ones
    for name in ("QUEUE_URL", "PROVIDER_PARAMETER"):
        it.start(environment={name: None}).post(503)


def paths() -> Iterator[Path]:
    for_each = (
        accepted, every_sample, refused, event_too_large, quarantined, fields_spoiled, strays, replayed, backfilled,
    )  # fmt: skip
    of_a_scheme = (stores_fail, parameter_fails, misconfigured)  # no code of a provider runs, but for its schemes'
    met = set[str]()
    for entry in registered():
        walks = for_each if met.issuperset(entry.sender.secrets) else for_each + of_a_scheme
        met.update(entry.sender.secrets)
        yield from (Path(entry.function, partial(Webhook, entry), walk) for walk in walks)
