"""Targets that are whole ways through a function: from what AWS hands over to what is stored and answered."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from fanout import Fanout
from inbound_sms.auth.secret_store import SecretStore
from inbound_sms.joining.groups import GroupsTable
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.publishing.publisher import Publisher
from inbound_sms.settings import WebhookSettings
from inbound_sms.storage.queue import EventQueue
from inbound_sms.webhook.handler import WebhookHandler
from joiner import Joiner
from tests.support.queued import Queued, sqs_record
from tests.support.signing import basic
from tests.support.token_endpoint import CLIENTS, SECRETS, endpoint_of, token_event
from verification.fuzz.targets import Target, split, text_of
from verification.oracle import REFUSED_BY_SQS, Stored, judge, logs_without_texts, posted, take
from verification.sources import Source, StoredParameter, sources

_MAX_BODY_BYTES = 3_000  # so that small inputs meet it
_REACHED = frozenset({"accepted", "quarantined"})
_REFUSALS = {401: "refused", 404: "not found", 405: "not allowed", 413: "too large"}


def targets() -> Iterator[Target]:
    for source in sources():
        name = source.provider.name
        bodies = [f"{content_type}\n".encode() + body for content_type, body in source.bodies]
        yield Target(f"{name} parser", _parser(source), (*bodies, b"application/json\n[null]"), _REACHED)
        events = tuple(_compact(event) for event in source.events)
        yield Target(f"{name} http", _http(source), events, _REACHED | {"refused"})
    issued = {"issued", "invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"}
    yield Target("token endpoint", _token_endpoint(), tuple(map(_compact, _token_events())), frozenset(issued))
    yield Target("fanout", _fanout(), tuple(_queued()), frozenset({"published", "not ours"}))


def _compact(event: dict[str, Any]) -> bytes:
    """Return an event without what no function reads."""
    dull = {"accept", "content-length", "host", "user-agent", "x-forwarded-port", "x-forwarded-proto"}
    headers = {name: value for name, value in event["headers"].items() if name not in dull}
    context = {"domainName": event["requestContext"]["domainName"], "http": {
        name: event["requestContext"]["http"][name] for name in ("method", "sourceIp")
    }}  # fmt: skip
    names = ("rawPath", "rawQueryString", "pathParameters", "body", "isBase64Encoded")
    rest = {name: event[name] for name in names if name in event}
    return json.dumps({"headers": headers, "requestContext": context, **rest}, separators=(",", ":")).encode()


def event_of(data: bytes, otherwise: dict[str, Any]) -> Any:
    """Lambda hands over any JSON; what isn't JSON is posted as a body."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return otherwise | {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}


def _parser(source: Source) -> Callable[[bytes], str]:
    def run(data: bytes) -> str:
        content_type, body = split(data)
        return take(source.provider, posted(source.provider.name, body, content_type))

    return run


def _http(source: Source) -> Callable[[bytes], str]:
    """No input may end in 503: its sender would send it again and again. What is acknowledged is stored."""
    provider = source.provider
    settings = WebhookSettings.model_validate(
        {"queue_url": "q", "quarantine_bucket": "b", "payloads_bucket": "b", "provider_parameter": "p",
         "max_body_bytes": _MAX_BODY_BYTES}
    )  # fmt: skip
    store = SecretStore(StoredParameter(source.secrets), "p", 1e9)  # type: ignore[arg-type]

    def run(data: bytes) -> str:
        stored = Stored()
        with (
            source.standing_still(),
            logs_without_texts(but_in="source_ip"),  # API Gateway says it, not the sender
        ):
            webhook = WebhookHandler(provider, settings, store, stored.ingestor(provider))
            response = webhook.handle(event_of(data, source.events[0]))
        assert response.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
        status = response["statusCode"]
        refusal = "refused" if response["body"] == source.unsigned else _REFUSALS.get(status, "answered")
        outcome = stored.outcomes[0] if stored.outcomes else refusal
        if stored.outcomes:
            assert 200 <= status < 300, f"{outcome}, and answered {status}"
        elif outcome == "answered":  # a probe, or a handshake
            assert status < 500, f"{status}: it would be sent again and again"
            assert provider.preflight or provider.handshake, f"{status} {response['body']} is no answer of the table"
        assert ("www-authenticate" in response["headers"]) <= (outcome == "refused")
        judge(outcome, stored, provider.name)
        return outcome

    return run


def _token_endpoint() -> Callable[[bytes], str]:
    endpoint = endpoint_of({"acme": SecretStore(StoredParameter(SECRETS), "p", 1e9)})  # type: ignore[arg-type]
    otherwise = token_event(b"")

    def run(data: bytes) -> str:
        with logs_without_texts():
            response = endpoint.handle(event_of(data, otherwise))
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


def _token_events() -> Iterator[dict[str, Any]]:
    grant = {"grant_type": "client_credentials"}
    for name, secret in CLIENTS.items():
        yield token_event(grant, basic(name, secret))
        yield token_event(grant | {"client_id": name, "client_secret": secret, "scope": "a b"})
        yield token_event({"grant_type": "password", "username": name, "password": secret})
    yield token_event(grant | {"client_id": "client-1", "client_secret": "wrong"})
    yield token_event({"grant_type": "password", "username": "client-1", "password": "wrong"})
    yield token_event({"grant_type": "implicit"})
    yield token_event(b"grant_type=client_credentials&grant_type=password")
    yield token_event(grant, provider="nobody")
    multipart = b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\npassword\r\n--x--'
    yield token_event(multipart, content_type="multipart/form-data; boundary=x")


class _Aws:
    """DynamoDB and SNS that take everything which the real ones would take."""

    def put_item(self, **_: Any) -> None:
        """Claim."""

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Complete; or collect a part, when all others of its message are there and say the same."""
        body = request["ExpressionAttributeValues"].get(":body", {"S": "{}"})
        place = json.loads(body["S"]).get("data", {}).get("concatenation") or {"total": 0}
        owner = request["ExpressionAttributeValues"].get(":me")
        return {"Attributes": {"owner": owner, **{f"part:{n + 1}": body for n in range(place["total"])}}}

    def publish_batch(self, *, PublishBatchRequestEntries: list[dict[str, Any]], **_: Any) -> Any:  # noqa: N803 - boto3's
        for entry in PublishBatchRequestEntries:
            attributes = entry["MessageAttributes"]
            assert len(attributes) <= 10
            for attribute in attributes.values():
                assert attribute["StringValue"]
                assert not REFUSED_BY_SQS.search(attribute["StringValue"])
        return {"Successful": [{"Id": entry["Id"], "MessageId": "1"} for entry in PublishBatchRequestEntries]}


def _fanout() -> Callable[[bytes], str]:
    aws: Any = _Aws()
    topics = Publisher(aws, "messages", "delivery", pause=lambda _: None)
    claims = ClaimsTable(aws, "table", 1.0, 15.0)
    joiner = Joiner(GroupsTable(claims, 60.0), claims, EventQueue(aws, "queue"), map)
    fanout = Fanout(claims, topics, quarantine=aws, joiner=joiner, map_concurrently=map)

    def run(data: bytes) -> str:
        with logs_without_texts(but_in="event_id|delivery_id|provider"):  # in the queue, they are ours
            failed = fanout.handle([sqs_record("1", text_of(data)), Queued().record])
        assert failed <= {"1"}, "the message beside it has to be published"
        return "not ours" if failed else "published"

    return run


def _queued() -> Iterator[bytes]:
    yield b"hello"
    yield Queued().document.encode()
    yield Queued(place=(1, 3, 2)).document.encode()
    yield Queued(text=None, sender="", type="inbound-sms.unknown.v1").document.encode()
    for source in sources():
        stored = Stored()
        for content_type, body in source.bodies[:4]:
            with logs_without_texts():
                stored.ingestor(source.provider).ingest(posted(source.provider.name, body, content_type))
        yield from (document.encode() for document in stored.documents)
