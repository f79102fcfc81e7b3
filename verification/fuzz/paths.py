"""Targets that are whole ways through a function: from what AWS hands over to what is stored and answered."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from bench.api_event import api_event
from fanout import Fanout
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.parsing.request import Request
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from inbound_sms.settings import WebhookSettings
from inbound_sms.webhook.handler import WebhookHandler
from sinch_topic import TopicHandler, TopicSettings
from tests.support.oracle import REFUSED_BY_SQS, Stored, judge, posted, take
from tests.support.providers import Registered, event_of, registered
from tests.support.queued import Queued, sqs_record
from tests.support.signing import SECRET, SIGNINGS, basic, parameter, sign
from tests.support.token_endpoint import CLIENTS, SECRETS, endpoint_of, token_event
from verification.fuzz.targets import Target, samples_of, text_of, webhook_input, webhook_seeds

TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
_MAX_BODY_BYTES = 3_000  # so that small inputs meet it


class _Ssm:
    """A parameter that is always there."""

    def __init__(self, secrets: dict[str, Any]) -> None:
        self._answer = {"Parameter": {"Value": json.dumps(secrets)}}

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        return self._answer


def webhooks() -> Iterator[Target]:
    """Of every provider, from the bytes of a request to what is queued."""
    for entry in registered():
        yield Target(f"{entry.provider.name} parser", _parser(entry), webhook_seeds(entry))


def targets() -> Iterator[Target]:
    """The whole way: of every provider, of the token endpoint, of Sinch's topic and of the fan-out."""
    for entry in registered():
        yield Target(f"{entry.provider.name} http", _http(entry), tuple(map(_compact, _http_seeds(entry))))
    yield Target("token endpoint", _token_endpoint(), tuple(map(_compact, _token_seeds())))
    yield Target("sinch topic", _sinch_topic(), tuple(samples_of("sinch")))
    yield Target("fanout", _fanout(), tuple(_fanout_seeds()))


def _compact(event: dict[str, Any]) -> bytes:
    few = {"content-type", "authorization", "x-token", "x-forwarded-for"}
    kept = {name: value for name, value in event["headers"].items() if name in few or name.startswith("x-sinch")}
    http = {"http": {"method": "POST", "sourceIp": "192.0.2.1"}}
    names = ("pathParameters", "body", "isBase64Encoded")
    rest = {name: event[name] for name in names if name in event}
    return json.dumps({"headers": kept, "requestContext": http, **rest}, separators=(",", ":")).encode()


def _event_of(data: bytes, otherwise: dict[str, Any]) -> Any:
    """Lambda hands over any JSON; what isn't JSON is posted as a body."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return otherwise | {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}


# ---- A provider ----------------------------------------------------------------------------------------------------


def _parser(entry: Registered) -> Any:
    zone = "Europe/Rome" if entry.provider.name == "agile-telecom" else "UTC"

    def run(data: bytes) -> str:
        content_type, body = webhook_input(data)
        return take(entry.provider, posted(entry.provider.name, body, content_type, provider_time_zone=zone))

    return run


def _http(entry: Registered) -> Any:
    """No input may end in 503: its sender would send it again and again."""
    provider = entry.provider
    settings = {
        "queue_url": "q",
        "quarantine_bucket": "b",
        "payloads_bucket": "b",
        "provider_parameter": "p",
        "max_body_bytes": _MAX_BODY_BYTES,
    }
    store = SecretStore(_Ssm(_secrets(entry)), "p", 1e9)  # type: ignore[arg-type]
    answers = {
        entry.accepted: "accepted",
        entry.quarantined: "quarantined",
        (401, "application/json", '{"error":"wrong or missing credentials"}'): "refused",
        (413, "application/json", '{"error":"body too large"}'): "too large",
    }
    right = entry.event() | {"headers": {n.lower(): v for n, v in entry.signed(entry.post()).headers.items()}}

    def run(data: bytes) -> str:
        stored = Stored()
        receiver = WebhookHandler(provider, WebhookSettings.model_validate(settings), store, stored.ingestor(provider))
        response = receiver.handle(_event_of(data, right))
        assert response.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
        headers = response["headers"]
        outcome = answers.get((response["statusCode"], headers["content-type"], response["body"]))
        assert outcome, f"{response['statusCode']} {response['body']} is no answer of the table"
        if outcome in {"accepted", "quarantined"}:  # which some providers answer alike
            outcome = "quarantined" if stored.records else "accepted"
        assert ("www-authenticate" in headers) <= (outcome == "refused")
        judge(outcome, stored, provider.name)
        return outcome

    return run


def _secrets(entry: Registered) -> dict[str, Any]:
    """The case's own, and one for every other scheme that the provider offers."""
    secrets: dict[str, Any] = {}
    for scheme in entry.provider.schemes:
        secrets |= parameter(entry.sender, scheme.name, [SECRET])
    return secrets | entry.secrets


def _http_seeds(entry: Registered) -> Iterator[dict[str, Any]]:
    yield from (entry.event(callback=name) for name in entry.sender.callbacks)
    yield entry.event(entry.sender.broken[0])
    yield entry.event(as_base64=False)
    yield from (entry.event(credentials=credentials) for credentials in ("wrong", "missing"))  # type: ignore[arg-type]
    for kind in entry.sender.secrets:
        right = sign(entry.post(), entry.sender, kind, SECRET)
        yield from map(event_of, (right, *SIGNINGS[kind].malformed(right, entry.sender, SECRET)))


# ---- The token endpoint --------------------------------------------------------------------------------------------

_GRANT = {"grant_type": "client_credentials"}


def _token_endpoint() -> Any:
    endpoint = endpoint_of({"sinch": SecretStore(_Ssm(SECRETS), "p", 1e9)})  # type: ignore[arg-type]
    otherwise = token_event(b"")

    def run(data: bytes) -> str:
        response = endpoint.answer(_event_of(data, otherwise))
        body = json.loads(response["body"])
        assert response["headers"]["content-type"] == "application/json"
        assert response["headers"]["cache-control"] == "no-store"
        if response["statusCode"] == 200:
            assert body.keys() - {"scope"} == {"access_token", "token_type", "expires_in"}
            return "issued"
        assert response["statusCode"] in {400, 401, 404}, f"{response['statusCode']} is no refusal"
        assert body.keys() == {"error", "error_description"}
        assert len(body["error_description"]) < 200
        assert ("www-authenticate" in response["headers"]) == (response["statusCode"] == 401)
        return str(body["error"])

    return run


def _token_seeds() -> Iterator[dict[str, Any]]:
    for name, secret in CLIENTS.items():
        yield token_event(_GRANT, basic(name, secret))
        yield token_event(_GRANT | {"client_id": name, "client_secret": secret, "scope": "a b"})
        yield token_event({"grant_type": "password", "username": name, "password": secret})
    yield token_event(_GRANT | {"client_id": "client-1", "client_secret": "wrong"})
    yield token_event({"grant_type": "password", "username": "client-1", "password": "wrong"})
    yield token_event({"grant_type": "implicit"})
    yield token_event(_GRANT, provider="8x8")
    multipart = b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\npassword\r\n--x--'
    yield token_event(multipart, content_type="multipart/form-data; boundary=x")


# ---- What comes from queues ----------------------------------------------------------------------------------------


def _sinch_topic() -> Any:
    [sinch] = [entry.provider for entry in registered() if entry.provider.name == "sinch"]
    settings = TopicSettings(queue_url="q", quarantine_bucket="b", payloads_bucket="b", sinch_topic=TOPIC)

    def run(data: bytes) -> str:
        stored = Stored()
        assert TopicHandler(settings, stored.ingestor(sinch)).handle(sqs_record("1", text_of(data)))
        outcome = "quarantined" if stored.records else "accepted"
        judge(outcome, stored, "sinch")
        return outcome

    return run


class _Aws:
    """DynamoDB and SNS that take everything which the real ones would take."""

    def put_item(self, **_: Any) -> None:
        """ClaimsTable."""

    def update_item(self, **_: Any) -> None:
        """Completes."""

    def publish_batch(self, *, PublishBatchRequestEntries: list[dict[str, Any]], **_: Any) -> Any:  # noqa: N803 - boto3's
        for entry in PublishBatchRequestEntries:
            attributes = entry["MessageAttributes"]
            assert len(attributes) <= 10
            for attribute in attributes.values():
                assert attribute["StringValue"]
                assert not REFUSED_BY_SQS.search(attribute["StringValue"])
        return {"Successful": [{"Id": entry["Id"], "MessageId": "1"} for entry in PublishBatchRequestEntries]}


def _fanout() -> Any:
    aws: Any = _Aws()
    topics = Publisher(aws, "messages", "delivery", pause=lambda _: None)
    fanout = Fanout(ClaimsTable(aws, "table", 1.0, 15.0), topics, quarantine=aws, side_by_side=map)

    def run(data: bytes) -> str:
        failed = fanout.handle([sqs_record("1", text_of(data)), Queued().record])
        assert failed <= {"1"}, "the message beside it has to be published"
        return "not ours" if failed else "published"

    return run


def _fanout_seeds() -> Iterator[bytes]:
    yield Queued().document.encode()
    yield Queued(text=None, sender="", type="inbound-sms.unknown.v1").document.encode()
    for entry in registered():
        yield from (event.to_json().encode() for event in entry.provider.parse(_message_of(entry)))


def _message_of(entry: Registered) -> Request:
    return posted(entry.provider.name, entry.message, entry.content_type)
