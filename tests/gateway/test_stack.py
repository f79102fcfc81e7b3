import json

import pytest

from gateway.errors import GatewayError
from gateway.operations.stack import Deployed, PerTopic, Stack

ENDPOINT = "http://127.0.0.1:4567"
API = "https://a1b2c3d4.execute-api.eu-west-1.amazonaws.com"
OUTPUTS = {
    "ApiId": "a1b2c3d4",
    "EightByEightWebhookUrl": f"{API}/8x8",
    "EightByEightFunctionName": "gw-EightByEightFunction-1",
    "AgileTelecomWebhookUrl": f"{API}/agile-telecom/{{secret}}",
    "AgileTelecomFunctionName": "gw-AgileTelecomFunction-2",
    "TokenUrl": f"{API}/oauth2/{{provider}}/token",
    "FanoutFunctionName": "gw-FanoutFunction-3",
    "MessagesTopicArn": "arn:aws:sns:eu-west-1:000000000000:messages",
    "DeliveryTopicArn": "arn:aws:sns:eu-west-1:000000000000:delivery",
    "SinchTopicArn": "arn:aws:sns:eu-west-1:000000000000:from-sinch",
    "EventsQueueUrl": "http://localhost:4567/000000000000/events",
    "DeadLettersUrl": "http://localhost:4567/000000000000/dead",
    "ClaimsTableName": "claims",
    "SinchTopicQueueUrl": "http://localhost:4567/000000000000/from-sinch",
    "SinchTopicDeadLettersUrl": "http://localhost:4567/000000000000/from-sinch-dead",
    "QuarantineBucketName": "quarantine",
    "PayloadsBucketName": "payloads",
}


@pytest.fixture
def stack() -> Stack:
    client = {"client_id": "a-client", "client_secret": "its-secret"}
    secrets = {
        "8x8": {
            "authorization": ["Bearer a-long-random-secret", "Bearer another"],
            "oauth2": {"clients": [client], "signing_keys": ["k" * 32]},
        },
        "agile-telecom": {"path_secret": ["a-long-random-secret", "another"]},
    }
    inboxes = PerTopic(messages=f"{ENDPOINT}/000000000000/m", delivery=f"{ENDPOINT}/000000000000/d")
    return Deployed(ENDPOINT, OUTPUTS).stack("gw", "eu-west-1", inboxes, secrets, "execute-api.localhost")


def test_tells_everything_that_is_needed_to_drive_the_stack(stack):
    host = "a1b2c3d4.execute-api.localhost"
    assert json.loads(stack.model_dump_json()) == {
        "endpoint": ENDPOINT,
        "region": "eu-west-1",
        "stack": "gw",
        "webhooks": {
            "8x8": {
                "url": f"{ENDPOINT}/8x8",
                "headers": {"Host": host, "Authorization": "Bearer a-long-random-secret"},
            },
            "agile-telecom": {"url": f"{ENDPOINT}/agile-telecom/a-long-random-secret", "headers": {"Host": host}},
        },
        "token_endpoints": {
            "8x8": {
                "url": f"{ENDPOINT}/oauth2/8x8/token",
                "headers": {"Host": host},
                "client_id": "a-client",
                "client_secret": "its-secret",
            }
        },
        "topics": {
            "messages": "arn:aws:sns:eu-west-1:000000000000:messages",
            "delivery": "arn:aws:sns:eu-west-1:000000000000:delivery",
            "sinch": "arn:aws:sns:eu-west-1:000000000000:from-sinch",
        },
        "inboxes": {"messages": f"{ENDPOINT}/000000000000/m", "delivery": f"{ENDPOINT}/000000000000/d"},
        "queues": {
            "events": f"{ENDPOINT}/000000000000/events",
            "dead_letters": f"{ENDPOINT}/000000000000/dead",
            "sinch_topic": f"{ENDPOINT}/000000000000/from-sinch",
            "sinch_topic_dead_letters": f"{ENDPOINT}/000000000000/from-sinch-dead",
        },
        "table": "claims",
        "quarantine_bucket": "quarantine",
        "payloads_bucket": "payloads",
        "functions": {
            "8x8": "gw-EightByEightFunction-1",
            "agile-telecom": "gw-AgileTelecomFunction-2",
            "fanout": "gw-FanoutFunction-3",
        },
        "console": None,
    }


def test_is_written_whole_and_read_back(stack, tmp_path):
    path = tmp_path / "stack.json"
    stack.write(path)
    assert Stack.model_validate_json(path.read_text()) == stack
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_in_force_is_what_the_alias_leads_to() -> None:
    assert Deployed(None, OUTPUTS).in_force["8x8"] == "gw-EightByEightFunction-1"
    deployed = Deployed(None, {**OUTPUTS, "FunctionAlias": "live"})
    assert deployed.in_force["8x8"] == "gw-EightByEightFunction-1:live"
    assert deployed.in_force["fanout"] == "gw-FanoutFunction-3:live"
    assert deployed.functions["8x8"] == "gw-EightByEightFunction-1", "metrics have the name without it"


def test_says_what_a_stack_of_another_version_lacks():
    outputs = {name: value for name, value in OUTPUTS.items() if name != "ClaimsTableName"}
    with pytest.raises(GatewayError, match="no output ClaimsTableName"):
        assert Deployed(ENDPOINT, outputs).table
