import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import GatewayError
from gateway.operations.deployed import Deployed
from gateway.operations.installation import Installation
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.stack import PerTopic, Source, Stack, TokenEndpoint, Webhook
from gateway.simulator import Callback, senders
from tests.support.acme.sender import SENDER
from tests.support.world import world

ENDPOINT = "http://127.0.0.1:4567"
API = "https://a1b2c3d4.execute-api.eu-west-1.amazonaws.com"
SQS = "http://localhost:4567/000000000000"
OUTPUTS = {
    "ApiId": "a1b2c3d4",
    "AcmeWebhookUrl": f"{API}/acme",
    "AcmeFunctionName": "gw-AcmeFunction-1",
    "AcmeMobileWebhookUrl": f"{API}/acme-mobile",
    "AcmeMobileFunctionName": "gw-AcmeMobileFunction-2",
    "TokenUrl": f"{API}/oauth2/{{provider}}/token",
    "FanoutFunctionName": "gw-FanoutFunction-3",
    "MessagesTopicArn": "arn:aws:sns:eu-west-1:000000000000:messages",
    "DeliveryTopicArn": "arn:aws:sns:eu-west-1:000000000000:delivery",
    "AcmeMobileTopicArn": "arn:aws:sns:eu-west-1:000000000000:by-topic",
    "EventsQueueUrl": f"{SQS}/events",
    "DeadLettersUrl": f"{SQS}/dead",
    "ClaimsTableName": "claims",
    "AcmeMobileTopicQueueUrl": f"{SQS}/by-topic",
    "AcmeMobileTopicDeadLettersUrl": f"{SQS}/by-topic-dead",
    "QuarantineBucketName": "quarantine",
    "PayloadsBucketName": "payloads",
}
CLIENT = {"client_id": "a-client", "client_secret": "its-secret"}
SECRETS: dict[str, dict[str, Any]] = {
    "acme": {
        "authorization": ["Bearer a-long-random-secret", "Bearer another"],
        "oauth2": {"clients": [CLIENT], "signing_keys": ["k" * 32]},
        "require": ["authorization"],
    },
    "acme-mobile": {"path_secret": ["a-long-random-secret", "another"]},
}
HOST = "a1b2c3d4.execute-api.localhost"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setitem(senders(), name, SENDER)


def stack_with(secrets: dict[str, dict[str, Any]]) -> Stack:
    inboxes = PerTopic(messages=f"{ENDPOINT}/000000000000/m", delivery=f"{ENDPOINT}/000000000000/d")
    return Deployed(ENDPOINT, OUTPUTS).stack("gw", "eu-west-1", inboxes, secrets, "execute-api.localhost")


@pytest.fixture
def stack() -> Stack:
    return stack_with(SECRETS)


def test_tells_what_is_needed_to_drive_the_stack(stack: Stack) -> None:
    url, signed = f"{ENDPOINT}/acme", {"Host": HOST, "Authorization": "Bearer a-long-random-secret"}
    assert stack.webhooks["acme"] == Webhook(url=url, headers=signed, address=url, secrets=SECRETS["acme"])
    url, in_url = f"{ENDPOINT}/acme-mobile", SECRETS["acme-mobile"]
    known = Webhook(url=f"{url}/a-long-random-secret", headers={"Host": HOST}, address=url, secrets=in_url)
    assert stack.webhooks["acme-mobile"] == known
    token = TokenEndpoint(url=f"{ENDPOINT}/oauth2/acme/token", headers={"Host": HOST}, **CLIENT)
    assert stack.token_endpoints == {"acme": token}
    queue, topic = f"{ENDPOINT}/000000000000/by-topic", OUTPUTS["AcmeMobileTopicArn"]
    source = Source(provider="acme-mobile", queue=queue, dead_letters=f"{queue}-dead", topic=topic)
    assert stack.sources == {"acme-mobile-topic": source}
    functions = {"acme": "gw-AcmeFunction-1", "acme-mobile": "gw-AcmeMobileFunction-2", "fanout": "gw-FanoutFunction-3"}
    assert stack.functions == functions


def test_what_a_provider_signs_itself_is_signed_for_each_request() -> None:
    stack = stack_with({**SECRETS, "acme": {"hmac": ["a-secret"]}})
    assert stack.webhooks["acme"].headers == {"Host": HOST}, "nothing is good for every request"

    posts = [stack.post("acme", Callback({"id": "1"}), body) for body in (b"{}", b"[]")]

    assert all(post.url == f"{ENDPOINT}/acme" and post.headers["Host"] == HOST for post in posts)
    assert len({post.headers["acme-signature"] for post in posts}) == 2


def test_a_source_needs_no_topic() -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != "AcmeMobileTopicArn"}
    [source] = Deployed(None, outputs).sources.values()
    assert (source.queue, source.dead_letters, source.topic) == (f"{SQS}/by-topic", f"{SQS}/by-topic-dead", None)


def test_scripts_find_the_secret_that_is_in_force_after_an_old_one_is_retired(stack: Stack, tmp_path: Path) -> None:
    path, secrets = tmp_path / "stack.json", {"basic": [{"username": "us", "password": "p" * 16}], "oauth2": {
        "clients": [{"client_id": "new", "client_secret": "new-secret"}, CLIENT], "signing_keys": ["k" * 32]
    }}  # fmt: skip
    stack.write(path)
    assert (Stack.model_validate_json(path.read_text()), [*tmp_path.iterdir()]) == (stack, [path])
    with world() as aws:
        here = Installation("gw", "dev", Deployed(ENDPOINT, OUTPUTS), lambda _: aws.ssm, stack, stack_file=path)
        aws.put_secrets(here.parameter("acme"), secrets)
        SecretsStore(here, "acme").rotate("basic", "q" * 16, "us")
        SecretsStore(here, "acme").retire("basic")
        SecretsStore(here, "acme").retire("oauth2")
    told = json.loads(path.read_text())
    authorization = f"Basic {base64.b64encode(b'us:' + b'q' * 16).decode()}"
    assert told["webhooks"]["acme"]["secrets"]["basic"] == [{"username": "us", "password": "q" * 16}]
    assert told["webhooks"]["acme"]["headers"] == {"Host": HOST, "Authorization": authorization}
    assert told["token_endpoints"]["acme"]["client_id"] == "new"
    assert told["webhooks"]["acme-mobile"]["secrets"] == SECRETS["acme-mobile"]


def test_what_is_in_force_is_what_the_alias_leads_to() -> None:
    assert Deployed(None, OUTPUTS).in_force["acme"] == "gw-AcmeFunction-1"
    deployed = Deployed(None, {**OUTPUTS, "FunctionAlias": "live"})
    assert deployed.in_force["acme"] == "gw-AcmeFunction-1:live"
    assert deployed.in_force["fanout"] == "gw-FanoutFunction-3:live"
    assert deployed.functions["acme"] == "gw-AcmeFunction-1", "metrics have the name without it"


def test_a_stack_of_another_version_says_what_it_lacks_or_has_of_nobody() -> None:
    with pytest.raises(GatewayError, match="no output ClaimsTableName"):
        assert Deployed(ENDPOINT, {name: value for name, value in OUTPUTS.items() if name != "ClaimsTableName"}).table
    with pytest.raises(GatewayError, match="a queue Zeta of no provider"):
        assert Deployed(None, OUTPUTS | {"ZetaQueueUrl": "q", "ZetaDeadLettersUrl": "d"}).sources
