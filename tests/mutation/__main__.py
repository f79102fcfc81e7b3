"""Mutation testing: does a test notice, whatever small thing is wrong? `make mutants ARGS="claims auth"`.

Every mutant of a module is tested in a process of its own by the tests that are about the module. A survivor, or a
process that died, that survivors.toml doesn't explain fails the run; so does an explanation whose mutant is killed or
gone.

Why no tool that is known: mutmut finds modules by their path, which is not how ours are imported, and leaves alone what
stands outside of functions or below a decorator; cosmic-ray starts Python, pytest and moto anew for each mutant.
"""

import importlib
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

import boto3
import hypothesis
import pytest
from moto import mock_aws
from rich.console import Console
from rich.table import Table

from tests.mutation.mutants import mutants_of
from tests.mutation.processes import Verdict, verdicts

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("survivors.toml")
UNIT, COMPONENT = "tests/unit/test_", "tests/component/test_"
AUTHENTICATION = [
    f"{COMPONENT}authentication_combined",
    f"{COMPONENT}source_addresses",
    f"{COMPONENT}authentication_matrix",
]
FANOUT = [
    f"{COMPONENT}fanout",
    f"{COMPONENT}fanout_handler",
    f"{COMPONENT}fanout_faults",
    f"{COMPONENT}fanout_two_topics",
]
AWS = [f"{COMPONENT}aws_calls", f"{COMPONENT}aws_environment", f"{COMPONENT}connections"]
RECEIVE = [f"{COMPONENT}handlers", f"{COMPONENT}conformance", f"{COMPONENT}source_addresses"]
COLUMNS = ("mutants", Verdict.KILLED, Verdict.TIMED_OUT, "explained", Verdict.SURVIVED, Verdict.DIED)

TESTS = {
    "inbound_sms.publishing.deduplication": [f"{COMPONENT}claims", f"{COMPONENT}fanout_faults"],
    "inbound_sms.auth": [f"{UNIT}auth", f"{COMPONENT}secrets", *AUTHENTICATION],
    "inbound_sms.auth.schemes": [f"{UNIT}schemes", f"{UNIT}auth", *AUTHENTICATION],
    "inbound_sms.webhook.handler": [
        *RECEIVE,
        f"{COMPONENT}authentication_combined",
        f"{COMPONENT}rotation",
        f"{COMPONENT}replay",
        f"{COMPONENT}path_secret",
    ],
    "fanout": [*FANOUT, f"{COMPONENT}replay"],
    "inbound_sms.auth.secret_store": [f"{COMPONENT}secrets", f"{COMPONENT}handlers"],
    "sinch_signature": [f"{UNIT}sinch_signature", f"{COMPONENT}authentication_matrix"],
    "inbound_sms.parsing.hashing": [f"{UNIT}events"],
    "inbound_sms.storage.queue": [f"{COMPONENT}queue", f"{COMPONENT}conformance"],
    "inbound_sms.events.queued": [f"{COMPONENT}fanout", f"{UNIT}event_ids", f"{COMPONENT}topic"],
    "inbound_sms.publishing.publisher": [f"{COMPONENT}topic", f"{COMPONENT}fanout_two_topics"],
    "inbound_sms.webhook.ingest": [
        f"{COMPONENT}handlers",
        f"{COMPONENT}sinch_topic",
        f"{COMPONENT}conformance",
        f"{COMPONENT}large_events",
        f"{COMPONENT}replay",
    ],
    "inbound_sms.storage.quarantine": [f"{COMPONENT}quarantine", f"{COMPONENT}replay", f"{COMPONENT}fanout_faults"],
    "inbound_sms.webhook.replay": [f"{COMPONENT}replay"],
    "inbound_sms.auth.tokens": [f"{UNIT}tokens", f"{COMPONENT}token_endpoint"],
    "inbound_sms.parsing.request": [f"{UNIT}request", f"{COMPONENT}sinch_topic"],
    "inbound_sms.aws.service": AWS,
    "inbound_sms.aws.connections": [*AWS, f"{COMPONENT}connecting", f"{COMPONENT}tls"],
    "inbound_sms.aws.sigv4": [f"{UNIT}sigv4", *AWS],
    "inbound_sms.aws.protocols": AWS,
    "inbound_sms.aws.http1": [f"{UNIT}http1", *AWS],
    "inbound_sms.storage.payload_store": [f"{COMPONENT}large_events", f"{COMPONENT}conformance"],
    "inbound_sms.publishing.message_attributes": [f"{UNIT}attributes", f"{COMPONENT}topic"],
}


def path_of(module: str) -> Path:
    """Gives a module's file."""
    found = [*ROOT.glob(f"functions/*/{module}.py"), ROOT / "shared" / f"{module.replace('.', '/')}.py"]
    return next(path for path in found if path.is_file())


def load_libraries() -> None:
    """Loads what every child would load, so that they find it loaded; nothing of ours."""
    hypothesis.settings.register_profile("mutants", max_examples=10, derandomize=True, deadline=None)
    for name in ("aws_lambda_powertools.metrics", "aws_lambda_powertools.logging", "jwt", "pydantic", "yaml", "httpx"):
        importlib.import_module(name)
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        for service, operation in (
            ("sqs", "list_queues"), ("sns", "list_topics"), ("s3", "list_buckets"), ("dynamodb", "list_tables"),
            ("ssm", "describe_parameters"),
        ):  # fmt: skip
            getattr(boto3.client(service), operation)()  # type: ignore[call-overload]


def run(module: str, explained: dict[str, str], console: Console, *, quick: bool) -> Counter[str]:
    """Tests every mutant; gives how many there are of each column, and how many are explained in vain."""
    mutants = list(mutants_of(path_of(module).read_text(encoding="utf-8")))
    if quick:
        mutants = [mutant for mutant in mutants if mutant.function]
    counts = Counter(mutants=len(mutants))
    in_vain = set(explained)
    for mutant, verdict in verdicts([f"{test}.py" for test in TESTS[module]], module, path_of(module), mutants):
        if verdict in {Verdict.SURVIVED, Verdict.DIED} and mutant.name in explained:
            in_vain.remove(mutant.name)
            counts["explained"] += 1
            continue
        counts[verdict] += 1
        if verdict != Verdict.KILLED:
            console.print(f"{module}:{mutant.line}: {verdict}: {mutant.name}", markup=False)
    for name in () if quick else sorted(in_vain):
        counts["in vain"] += 1
        console.print(f"{module}: explained in survivors.toml, but killed or gone: {name}", markup=False)
    return counts


def main(wanted: list[str]) -> int:
    """Runs the modules that are asked for (by the last part of their name), or all; gives the exit status.

    With `--quick`, the mutants inside of functions only.
    """
    console = Console(width=150, soft_wrap=True)
    explained = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    quick = "--quick" in wanted
    names = set(wanted) - {"--quick"}
    modules = [name for name in TESTS if not names or name.rpartition(".")[2] in names]
    load_libraries()
    table = Table("module", *COLUMNS, "seconds")
    faults = 0
    for module in modules:
        began = time.monotonic()
        reasons = explained.get(module.rpartition(".")[2], {})
        counts = run(module, reasons, console, quick=quick)
        faults += counts[Verdict.SURVIVED] + counts[Verdict.DIED] + counts["in vain"]
        figures = (*(counts[column] for column in COLUMNS), round(time.monotonic() - began))
        table.add_row(module, *map(str, figures))
        console.print(module, *figures)
    console.print(table)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
