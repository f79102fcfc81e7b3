"""What our own client of AWS costs, beside boto3: `PYTHONPATH=.:shared python -m tests.support.aws_cost`.

CPU, not time: at a cold start (new processes, the least of several), and of the calling thread in a call, over a kept
connection to a server on 127.0.0.1 without TLS.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import boto3
from rich.console import Console
from rich.table import Table

from inbound_sms.aws import S3, DynamoDb, Sns, Sqs
from tests.support.boto import REGION
from tests.support.clients import made
from tests.support.loopback import answer, loopback

TEXT = "x" * 1_500
ENTRY = {"MessageAttributes": {"type": {"DataType": "String", "StringValue": "inbound-sms.message.received.v1"}}}
CALLS: list[tuple[Any, str, str, dict[str, Any], bytes]] = [
    (Sqs, "sqs", "send_message", {"QueueUrl": "https://queue", "MessageBody": TEXT}, b'{"MessageId": "1"}'),
    (DynamoDb, "dynamodb", "put_item", {"TableName": "claims", "Item": {"id": {"S": "sinch/1"}}}, b"{}"),
    (
        Sns,
        "sns",
        "publish_batch",
        {
            "TopicArn": "arn:aws:sns:eu-west-1:1:t",
            "PublishBatchRequestEntries": [{"Id": str(number), "Message": TEXT} | ENTRY for number in range(10)],
        },
        b"<PublishBatchResponse><PublishBatchResult><Successful>"
        + b"".join(b"<member><Id>%d</Id><MessageId>m</MessageId></member>" % number for number in range(10))
        + b"</Successful></PublishBatchResult></PublishBatchResponse>",
    ),
    (S3, "s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x" * 1_500, "ContentType": "text/plain"}, b""),
]
BASE = "import inbound_sms.observability, inbound_sms.events, inbound_sms.request"
BOTO = "; import boto3; boto3.client('sqs', region_name='eu-west-1')"
OURS = "; from inbound_sms import aws; aws.sqs()"
TLS = "; from inbound_sms.aws import tls; next(tls.contexts('sqs.eu-west-1.amazonaws.com'))"
WHOLE = "; import ssl; ssl.create_default_context()"


def of_a_process(code: str) -> float:
    """CPU of a process that runs this, in ms: the least of five."""
    taken = []
    environment = os.environ | {"AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken) * 1_000


def of_a_call(call: Callable[[], Any], times: int = 200) -> float:
    """CPU of the calling thread, in ms: the least of three rounds."""
    rounds = []
    for _ in range(3):
        begun = time.thread_time()
        for _ in range(times):
            call()
        rounds.append(time.thread_time() - begun)
    return min(rounds) / times * 1_000


def main() -> None:
    table = Table("CPU, ms", "boto3", "ours", "boto3 / ours")
    base = of_a_process(BASE)
    theirs, ours = of_a_process(BASE + BOTO) - base, of_a_process(BASE + OURS) - base
    table.add_row("cold start: import, SQS client", f"{theirs:.0f}", f"{ours:.0f}", f"{theirs / ours:.0f}")
    # boto3 brings certificates of its own, and loads all of them too, when it first connects.
    whole, few = of_a_process(BASE + OURS + WHOLE) - base - ours, of_a_process(BASE + OURS + TLS) - base - ours
    table.add_row("cold start: certificates", f"{whole:.0f}", f"{max(few, 0.5):.0f}", f"{whole / max(few, 0.5):.0f}")
    for kind, service, method, parameters, body in CALLS:
        with loopback(last=answer(body)) as server:
            boto = boto3.client(service, endpoint_url=server.url, region_name=REGION)  # type: ignore[call-overload]
            theirs = of_a_call(lambda: getattr(boto, method)(**parameters))  # noqa: B023
            client = made(kind, server.url)
            ours = of_a_call(lambda: getattr(client, method)(**parameters))  # noqa: B023
        table.add_row(f"{service}.{method}", f"{theirs:.2f}", f"{ours:.2f}", f"{theirs / ours:.1f}")
    Console().print(table)


if __name__ == "__main__":
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}
    main()
