"""What the functions' own AWS client costs beside boto3: CPU to start, and CPU for a call.

    python -m bench.aws_client [--starts 15] [--calls 2000]

Each start is a fresh process, with bytecode; the calls are SendMessage to a server on the loopback interface that
answers at once. The figures are the least: what else the machine does only adds to them. docs/decisions/aws-client.md
compares them.
"""

import os
import subprocess
import sys
import tempfile
from typing import Annotated

import typer

from bench.aws_stub import AwsStub
from gateway.paths import ROOT

_SUBJECTS = {"own": "the functions' own client", "boto3": "boto3 (AWS_CLIENT=boto3)"}
_PROGRAM = """
import gc, sys, time
gc.disable()  # as a function does while it starts
import pydantic, aws_lambda_powertools.logging  # every function has loaded them by then
start = time.process_time()
import aws_client
client = aws_client.sqs()
started = time.process_time()
gc.enable()
def measure(calls):
    before = time.process_time()
    for _ in range(calls):
        client.send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/events", MessageBody="x" * 1_000)
    return (time.process_time() - before) / calls
measure(100)  # connects, and fills the caches
print(started - start, measure(int(sys.argv[1])))
"""


def main(
    starts: Annotated[int, typer.Option(min=1, help="Processes of each client.")] = 15,
    calls: Annotated[int, typer.Option(min=1, help="Calls in each process.")] = 2000,
) -> None:
    """Measure both clients in turn and print the least figures."""
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in _SUBJECTS}
    with AwsStub(delay_seconds=0) as aws, tempfile.TemporaryDirectory() as bytecode:
        for turn in range(starts + 1):
            for name, measured in results.items():
                done = _run(name, calls, aws.endpoint, bytecode)
                if turn:  # the first turn wrote the bytecode
                    measured.append(done)
    for name, measured in results.items():
        start_ms, call_ms = (min(column) * 1_000 for column in zip(*measured, strict=True))
        print(f"{_SUBJECTS[name]:28} import and client {start_ms:6.1f} ms of CPU, a call {call_ms:.3f} ms")


def _run(name: str, calls: int, endpoint: str, bytecode: str) -> tuple[float, float]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "shared"),
        "PYTHONPYCACHEPREFIX": bytecode,
        "AWS_CLIENT": name,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    command = [sys.executable, "-c", _PROGRAM, str(calls)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    start, call = done.stdout.split()
    return float(start), float(call)


if __name__ == "__main__":
    typer.run(main)
