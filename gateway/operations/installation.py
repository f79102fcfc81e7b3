"""A gateway that runs, on this machine or in AWS: what it consists of, and clients to reach it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from pydantic import ValidationError

from gateway.errors import GatewayError, WrongUsage
from gateway.local.aws import LocalAws
from gateway.operations.deployed import Deployed, described
from gateway.operations.stack import STACK_FILE, Stack
from gateway.paths import shown

# A replay takes as long as its function may (25 s); repeating one does no harm.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4})


@dataclass(frozen=True)
class Installation:
    """A deployed template: its name, its stage, its outputs. `client` gives the client of any service of AWS; `local`
    is the content of stack.json where it runs on this machine, `stack_file` that file; `parameters` are what the
    template was deployed with.
    """

    name: str
    stage: str
    deployed: Deployed
    client: Callable[[str], Any]
    local: Stack | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    stack_file: Path | None = None

    @property
    def key(self) -> str:
        """The ARN of our KMS key, where there is one."""
        return self.parameters.get("KmsKeyArn", "")

    @property
    def providers(self) -> list[str]:
        """The providers that it receives from, by name."""
        return sorted(self.deployed.webhook_urls)

    def require(self, provider: str) -> str:
        """Return the name of a provider that it receives from; raises GatewayError for any other."""
        if provider not in self.providers:
            raise WrongUsage(f"{self.name} doesn't receive from {provider}; it does from {', '.join(self.providers)}")
        return provider

    def parameter(self, provider: str) -> str:
        """Return the name of the parameter that holds a provider's secrets."""
        return f"/inbound-sms/{self.stage}/{provider}"

    def tell_secrets(self, provider: str, document: dict[str, Any]) -> None:
        """Bring stack.json up to date: scripts that sign by it would be refused once an old secret is retired."""
        if self.stack_file and self.stack_file.exists():
            told = Stack.model_validate_json(self.stack_file.read_text())
            told.with_secrets(provider, document).write(self.stack_file)

    def leading_headers(self, provider: str) -> dict[str, str]:
        """Return the headers that lead a request to the API: none in AWS, where its address does."""
        webhook = self.local and self.local.webhooks.get(provider)
        return {"Host": webhook.headers["Host"]} if webhook else {}


def _one_of_each(make: Callable[[str], Any]) -> Callable[[str], Any]:
    """Has each client made once: threads may share one, but not make theirs at the same time."""
    made: dict[str, Any] = {}
    lock = Lock()

    def client(service: str) -> Any:
        with lock:
            if service not in made:
                made[service] = make(service)
            return made[service]

    return client


def local_stack_in(work: Path) -> Stack:
    """Return what there is to know of the local stack that runs in a folder; raises GatewayError where none does."""
    try:
        return Stack.model_validate_json((work / STACK_FILE).read_text())
    except FileNotFoundError:
        raise GatewayError(
            f"No local stack runs in {shown(work)}/ (make run starts one); a deployed one needs its name: --stack NAME"
        ) from None
    except ValidationError:
        raise GatewayError(f"{shown(work / STACK_FILE)} is of another version of the gateway: make run anew") from None


def local_installation(work: Path) -> Installation:
    """Return the local stack that runs in a folder; raises GatewayError where none does."""
    return installed_here(local_stack_in(work), work / STACK_FILE)


def installed_here(stack: Stack, stack_file: Path | None = None) -> Installation:
    """Return a local stack that runs; raises what boto3 raises."""
    aws = LocalAws(stack.endpoint)
    outputs, parameters = described(aws.cloudformation, stack.stack)
    deployed = Deployed(stack.endpoint, outputs)
    return Installation(
        stack.stack, parameters["Stage"], deployed, _one_of_each(aws.client), stack, parameters, stack_file
    )


def installation_in_aws(name: str, profile: str | None, region: str | None) -> Installation:
    """Return a stack in AWS by its name, with the usual profile and region; raises GatewayError or what boto3
    raises.
    """
    session = boto3.Session(profile_name=profile, region_name=region)

    @_one_of_each
    def client(service: str) -> Any:
        return session.client(service, config=_CONFIG)  # type: ignore[call-overload]

    outputs, parameters = described(client("cloudformation"), name)
    if "QuarantineBucketName" not in outputs:
        raise GatewayError(f"The stack {name} is not an inbound SMS gateway: it has no output QuarantineBucketName")
    return Installation(name, parameters["Stage"], Deployed(None, outputs), client, parameters=parameters)
