"""Every example does what it says: each is run as its users run it, on the local engine."""

import io
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from examples.https_endpoint import make_app
from gateway.local.engine import free_port
from gateway.local.local_stack import LocalStack
from gateway.local.sam import local_parameters
from gateway.operations.queues import arn_of, number_in
from gateway.operations.stack import Stack
from inbound_sms_subscriber import Event, MemoryStore, Message, SnsEndpoint, once
from tests.e2e.conftest import CHOSEN
from tests.support.outside import FIRST, SECOND, Outside
from tests.support.providers import ROOT
from tests.support.resigning import Resigner

EXAMPLES = ROOT / "examples"
PATHS = f"{ROOT / 'shared'}:{ROOT / 'subscriber'}"
POLICIES = EXAMPLES / "filter-policies"
Boto = Callable[[str], Any]

OURS, OTHER = "+4534735477", "+4534735478"
ITALIAN, BRITISH = "+393351234567", "+447700900123"


@pytest.fixture(scope="module")
def queue(stack: Stack, boto: Boto) -> Callable[..., dict[str, str]]:
    """Deploy examples/queue.yaml; return its outputs."""

    def deploy(name: str, **parameters: str) -> dict[str, str]:
        cloudformation = boto("cloudformation")
        values = {"MessagesTopicArn": stack.topics.messages, **parameters}
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=(EXAMPLES / "queue.yaml").read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        [deployed] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in deployed["Outputs"]}

    return deploy


def subscribed(stack: Stack, boto: Boto, name: str, policy: str) -> str:
    """Subscribe a queue to the messages that a filter policy picks; return its URL."""
    url: str = boto("sqs").create_queue(QueueName=name)["QueueUrl"]
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": policy}
    arn = arn_of(boto("sqs"), url)
    boto("sns").subscribe(TopicArn=stack.topics.messages, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


# ---- Filter policies ----------------------------------------------------------------------------------------

ANOTHER = SECOND if CHOSEN == FIRST else FIRST
TEXTS = {
    "italian": (CHOSEN, ITALIAN, OURS, "Hello"),
    "british": (CHOSEN, BRITISH, OURS, "Hours, please"),
    "other": (CHOSEN, BRITISH, OTHER, "open?"),
    "stop": (CHOSEN, ITALIAN, OTHER, "Stop"),
    "another's": (ANOTHER, BRITISH, OURS, "Hello"),
}
PICKED = {
    "one-provider": {"italian", "british", "other", "stop"},
    "one-number": {"italian", "british", "another's"},
    "opt-outs": {"stop"},
    "consent": {"stop"},
    "one-country": {"italian"},
    "one-word": {"british", "other"},
    "one-route": {"italian", "british", "another's"},
}


def test_each_filter_policy_picks_what_it_is_named_for(outside: Outside, stack: Stack, boto: Boto) -> None:
    policies = {path.stem: path.read_text() for path in POLICIES.glob("*.json")}
    queues = {name: subscribed(stack, boto, f"filtered-{name}", policy) for name, policy in policies.items()}
    ids = {name: outside.text(*text, provider=provider) for name, (provider, *text) in TEXTS.items()}
    for event_id in ids.values():
        assert outside.events_with(event_id)

    names = {event_id: name for name, event_id in ids.items()}
    picked = {name: {names[each] for each in ids_in(boto("sqs"), url)} for name, url in queues.items()}
    assert picked == PICKED


def ids_in(sqs: Any, url: str) -> list[str]:
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"])["id"] for message in messages]
    return found


def test_a_queue_that_was_there_before_is_subscribed(outside: Outside, gateway: Callable[..., Any], boto: Boto) -> None:
    url = boto("sqs").create_queue(QueueName="there-before")["QueueUrl"]
    for recipient in (OTHER, OURS):  # the second run changes the first one's subscription
        done = gateway("subscribe", arn_of(boto("sqs"), url), "--to", recipient)
        assert done["test_event_arrived"] is True
    ids = {recipient: outside.text(BRITISH, recipient, "Hello") for recipient in (OURS, OTHER)}
    for event_id in ids.values():
        assert outside.events_with(event_id)
    assert ids_in(boto("sqs"), url) == [ids[OURS]]
    wrong = [it for it in gateway("doctor", status=None) if it["level"] == "to do" and "there-before" in it["how"]]
    assert wrong == []


# ---- The worker ---------------------------------------------------------------------------------------------


def test_the_worker_handles_each_event_once_and_leaves_the_rest(
    outside: Outside, running: LocalStack, boto: Boto, queue: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    outputs = queue("work", RawMessageDelivery="false", FilterPolicy=(POLICIES / "one-number.json").read_text())
    url = running.stack.endpoint + urlsplit(outputs["QueueUrl"]).path
    table = outputs["TableName"]
    event_id = outside.text(ITALIAN, OURS, "Hello")
    outside.text(ITALIAN, OTHER, "not for this queue")
    [event] = outside.events_with(event_id)
    sqs = boto("sqs")
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))  # SNS delivers at least once
    sqs.send_message(QueueUrl=url, MessageBody="not an event")

    environment = {**running.aws.environment, "PYTHONPATH": PATHS, "QUEUE_URL": url, "TABLE": table}
    log = tmp_path / "log"
    with (
        log.open("w") as output,
        subprocess.Popen([sys.executable, EXAMPLES / "sqs_worker.py"], env=environment, stderr=output) as worker,
    ):
        try:
            outside.wait_until(lambda: number_in(sqs, url) == 1 and "left in the queue" in log.read_text())
        finally:
            worker.terminate()
    assert worker.returncode == 0
    assert log.read_text().count(f"a text from {FIRST}") == log.read_text().count(event_id) == 1
    assert boto("dynamodb").get_item(TableName=table, Key={"id": {"S": f"worker/{event_id}"}})["Item"]["done_at"]


# ---- The Lambda function ------------------------------------------------------------------------------------


def package() -> bytes:
    """Return what is uploaded: the example, and the library for subscribers; nothing else of ours."""
    library = tomllib.loads((ROOT / "subscriber" / "pyproject.toml").read_text())["tool"]["setuptools"]
    modules = [f"{name.replace('.', '/')}.py" for name in library["py-modules"]]
    modules += [f"{name.replace('.', '/')}/*.py" for name in library["packages"]]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.write(EXAMPLES / "lambda_answer.py", "lambda_answer.py")
        for root in (ROOT / "shared", ROOT / "subscriber"):
            for path in (found for module in modules for found in root.glob(module)):
                archive.write(path, path.relative_to(root))
    return content.getvalue()


def test_the_lambda_function_answers_once(
    outside: Outside, running: LocalStack, boto: Boto, queue: Callable[..., dict[str, str]]
) -> None:
    functions, stack, table = boto("lambda"), running.stack, queue("answers")["TableName"]
    arn = functions.create_function(
        FunctionName="answer",
        Runtime=local_parameters()["Runtime"],
        Role="arn:aws:iam::000000000000:role/answer",
        Handler="lambda_answer.handler",
        Code={"ZipFile": package()},
        Timeout=30,
        Environment={"Variables": {"TABLE": table}},
    )["FunctionArn"]
    boto("sns").subscribe(TopicArn=stack.topics.messages, Protocol="lambda", Endpoint=arn)
    event_id = outside.text(ITALIAN, OURS, " Hours ")
    [event] = outside.events_with(event_id)

    def done() -> bool:
        item = boto("dynamodb").get_item(TableName=table, Key={"id": {"S": f"answers/{event_id}"}}).get("Item", {})
        return "done_at" in item

    outside.wait_until(done)
    again = {"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": json.dumps(event)}}]}
    answer = functions.invoke(FunctionName="answer", Payload=json.dumps(again).encode())
    assert "FunctionError" not in answer

    outside.wait_until(lambda: bool(replies(boto("logs"))))
    assert replies(boto("logs")) == [{"from": OURS, "to": ITALIAN, "text": "We are open from 9 to 17."}]


def replies(logs: Any) -> list[dict[str, str]]:
    lines = [event["message"] for event in logs.filter_log_events(logGroupName="/aws/lambda/answer")["events"]]
    return [json.loads(line) for text in lines for line in text.splitlines() if line.startswith('{"from"')]


# ---- The HTTPS endpoint -------------------------------------------------------------------------------------


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on this machine while the `with` block lasts; return its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def test_the_https_endpoint_confirms_its_subscription_and_takes_what_sns_signed(
    outside: Outside, stack: Stack, boto: Boto
) -> None:
    topic, handled = stack.topics.messages, list[Event]()
    resigner = Resigner(stack.endpoint)
    app = make_app(SnsEndpoint([topic], fetch=resigner.fetch), once(MemoryStore())(handled.append))
    with serving(app) as address, resigner.before(f"{address}/sns") as signing:
        outside.wait_until(lambda: answers(address))
        assert httpx.post(f"{address}/sns", content=b"x" * 1_048_577, trust_env=False).status_code == 413
        assert httpx.post(f"{address}/sns", content=b"{}", trust_env=False).status_code == 403

        sns = boto("sns")
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=signing)
        outside.wait_until(lambda: confirmed(sns, topic, signing))
        event_id = outside.text(ITALIAN, OURS, "Hello")
        outside.wait_until(lambda: any(event.id == event_id for event in handled))

        # The engine's own signature is no signature: whoever posts past SNS is refused.
        assert httpx.post(f"{address}/sns", content=resigner.received[-1], trust_env=False).status_code == 403
        # The same post again is answered as a success, and handled no more.
        assert httpx.post(f"{address}/sns", content=resigner.forwarded[-1], trust_env=False).status_code == 204
    [event] = [event for event in handled if event.id == event_id]
    assert isinstance(event.data, Message)
    assert event.data.text == "Hello"


def answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).status_code == 404
    except httpx.TransportError:
        return False


def confirmed(sns: Any, topic: str, endpoint: str) -> bool:
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        if subscription["Endpoint"] == endpoint:
            attributes = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
            return bool(attributes["PendingConfirmation"] == "false")
    return False


def test_the_https_endpoint_starts_from_its_environment(stack: Stack) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{PATHS}:{EXAMPLES}", "TOPICS": stack.topics.messages}
    program = "from https_endpoint import app_from_environment; print([r.path for r in app_from_environment().routes])"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert "/sns" in done.stdout
