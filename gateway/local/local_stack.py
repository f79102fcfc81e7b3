"""The whole system on this machine: the real template, built and deployed by SAM, on the local engine."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.local import sam
from gateway.local.aws import REGION, LocalAws
from gateway.local.engine import API_DOMAIN, HOST, Engine, free_port
from gateway.local.engine_gaps import repair
from gateway.local.running import sole_user
from gateway.local.subscription import subscribe_inboxes
from gateway.operations.deployed import Deployed, outputs_of
from gateway.operations.stack import STACK_FILE, Stack
from gateway.paths import LOCAL
from gateway.progress import Progress, silent
from gateway.simulator import new_secrets, senders

NAME = "inbound-sms-local"


@dataclass(frozen=True)
class LocalStack:
    """A running stack, and the engine under it."""

    stack: Stack
    engine: Engine

    @property
    def aws(self) -> LocalAws:
        """AWS as this stack sees it."""
        return self.engine.aws


@contextmanager
def local_stack(
    port: int,
    *,
    work: Path = LOCAL,
    parameters: Mapping[str, str] | None = None,
    progress: Progress = silent,
    built_template: Path | None = None,
) -> Iterator[LocalStack]:
    """Run a stack of its own while the `with` block lasts.

    `work` is the folder for its logs; stacks that run at the same time need one each. `parameters` overrides the
    template's. What was built once is used again. `built_template` is deployed in place of this version's.
    """
    sam.require_tools()
    with sole_user(work), Engine(port, work) as engine:
        (work / STACK_FILE).unlink(missing_ok=True)  # left by one that was killed
        with nullcontext() if built_template else sam.locked_build(progress):
            if not built_template:
                sam.build_changed(engine.aws, progress)
            with progress("Starting the local engine"):
                engine.wait_until_ready()
            with progress("Deploying template.yaml with sam deploy"):
                deploy(engine.aws, work, parameters or {}, built_template or sam.BUILT_TEMPLATE)
        with progress("Storing secrets, subscribing inboxes"):
            deployed = Deployed(engine.aws.endpoint, outputs_of(engine.aws.cloudformation, NAME))
            secrets = {name: _agree(engine.aws, name, deployed.functions[name]) for name in deployed.providers}
            inboxes = subscribe_inboxes(engine.aws, NAME, deployed.topics)
        yield LocalStack(deployed.stack(NAME, REGION, inboxes, secrets, API_DOMAIN), engine)


def deploy(aws: LocalAws, work: Path, parameters: Mapping[str, str], built_template: Path) -> None:
    """Bring a template that was built into the engine: as a new stack, or as an update of the one that is there."""
    sam.deploy(aws, NAME, parameters, work / "deploy.log", built_template)
    repair(aws, NAME)


def prepare(progress: Progress) -> None:
    """Build ahead of time what a stack will use."""
    sam.require_tools()
    with sam.locked_build(progress):
        sam.build_changed(LocalAws(f"http://{HOST}:{free_port()}"), progress)  # a build asks AWS nothing


def _agree(aws: LocalAws, name: str, function: str) -> dict[str, Any]:
    """Return the provider, and the parameter that its function reads, new common secrets."""
    sender = senders().get(name)
    if sender is None:
        raise GatewayError(f"No folder of functions/ says in its sender.py what {name} does")
    document = new_secrets(sender)
    variables = aws.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    parameter, value = variables["PROVIDER_PARAMETER"], json.dumps(document)
    aws.ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)
    if sender.document:
        described = sender.document.read_text(encoding="utf-8")
        aws.ssm.put_parameter(Name=f"{parameter}/document", Value=described, Type="String", Overwrite=True)
    return document
