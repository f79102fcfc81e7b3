"""What there is to know about a running stack, for whoever drives it from outside: `.local/stack.json`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from gateway.errors import GatewayError
from gateway.simulator import signing_by

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackResourceSummaryTypeDef

STACK_FILE = "stack.json"


class Webhook(BaseModel):
    """Where a provider posts, and what a correct request carries besides its content type."""

    url: str
    headers: dict[str, str]


class TokenEndpoint(BaseModel):
    """Where a provider fetches tokens, as which client, and the header that leads a request there."""

    url: str
    headers: dict[str, str]
    client_id: str
    client_secret: str


class PerTopic(BaseModel):
    """One of something for each topic."""

    messages: str
    delivery: str


class Topics(PerTopic):
    """The ARNs of the topics that subscribers listen on, and of the one that Sinch may publish to."""

    sinch: str | None = None


class Queues(BaseModel):
    """The URLs of the queue between webhooks and fan-out, of the one behind Sinch's topic, and of what each gave up."""

    events: str
    dead_letters: str
    sinch_topic: str | None = None
    sinch_topic_dead_letters: str | None = None


class Stack(BaseModel):
    """A running stack. Providers that are switched off are missing from `webhooks` and `functions`. `console` is the
    address of its page, for whoever started it only: it holds the key.
    """

    endpoint: str
    region: str
    stack: str
    webhooks: dict[str, Webhook]
    token_endpoints: dict[str, TokenEndpoint]
    topics: Topics
    inboxes: PerTopic
    queues: Queues
    table: str
    quarantine_bucket: str
    payloads_bucket: str
    functions: dict[str, str]
    console: str | None = None

    def write(self, path: Path) -> None:
        """Writes it so that a reader finds all of it or nothing, and nobody else finds the secrets in it."""
        unfinished = path.with_suffix(".tmp")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(self.model_dump_json(indent=2) + "\n")
        unfinished.replace(path)


def outputs_of(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    """Gives the outputs of a deployed stack."""
    return described(cloudformation, stack)[0]


def described(cloudformation: "CloudFormationClient", stack: str) -> tuple[dict[str, str], dict[str, str]]:
    """Gives the outputs and the parameters of a deployed stack."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return outputs, {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}


def resources_of(cloudformation: "CloudFormationClient", stack: str) -> "list[StackResourceSummaryTypeDef]":
    """Gives what a deployed stack consists of."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [resource for page in pages for resource in page["StackResourceSummaries"]]


class _Outputs(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise GatewayError(f"The stack has no output {key}: it is of a version that this gateway can't drive")


class Deployed:
    """The outputs of a deployed stack, as the rest wants to see them. `endpoint` is the local engine's; AWS: none.

    Raises GatewayError for what the stack lacks.
    """

    def __init__(self, endpoint: str | None, outputs: dict[str, str]) -> None:
        self._endpoint = endpoint or ""
        self._outputs = _Outputs(outputs)
        urls = {key.removesuffix("WebhookUrl"): url for key, url in outputs.items() if key.endswith("WebhookUrl")}
        # An older version's output ends in the place of the secret.
        self._urls = {prefix: url.removesuffix("/{secret}") for prefix, url in urls.items()}
        self._paths = {prefix: urlsplit(url).path for prefix, url in self._urls.items()}
        self._any_host = next((urlsplit(url).netloc for url in urls.values()), "")

    @property
    def providers(self) -> dict[str, str]:
        """The path of every provider's webhook: the provider's name."""
        return {path.split("/")[1]: path for path in self._paths.values()}

    @property
    def functions(self) -> dict[str, str]:
        """The name of every provider's function, and of the fan-out."""
        named = {path.split("/")[1]: self._outputs[f"{prefix}FunctionName"] for prefix, path in self._paths.items()}
        return named | {"fanout": self._outputs["FanoutFunctionName"]}

    @property
    def in_force(self) -> dict[str, str]:
        """What to invoke of each function: its alias, where it has one, for only that leads to what is in force."""
        alias = self._outputs.get("FunctionAlias")
        return {name: f"{function}:{alias}" if alias else function for name, function in self.functions.items()}

    @property
    def webhook_urls(self) -> dict[str, str]:
        """Where every provider posts; the secret of some comes after it."""
        return {
            urlsplit(url).path.split("/")[1]: self._endpoint + urlsplit(url).path if self._endpoint else url
            for url in self._urls.values()
        }

    @property
    def table(self) -> str:
        """The table of claims."""
        return self._outputs["ClaimsTableName"]

    @property
    def quarantine_bucket(self) -> str:
        """The bucket of the quarantine."""
        return self._outputs["QuarantineBucketName"]

    @property
    def operations_topic(self) -> str:
        """The ARN of the topic of the alarms."""
        return self._outputs["OperationsTopicArn"]

    @property
    def topics(self) -> Topics:
        """The ARNs of the topics."""
        return Topics(
            messages=self._outputs["MessagesTopicArn"],
            delivery=self._outputs["DeliveryTopicArn"],
            sinch=self._outputs.get("SinchTopicArn"),
        )

    @property
    def queues(self) -> Queues:
        """The URLs of the queues."""
        return Queues(
            events=self._reachable(self._outputs["EventsQueueUrl"]),
            dead_letters=self._reachable(self._outputs["DeadLettersUrl"]),
            sinch_topic=self._if_there("SinchTopicQueueUrl"),
            sinch_topic_dead_letters=self._if_there("SinchTopicDeadLettersUrl"),
        )

    def stack(
        self, name: str, region: str, inboxes: PerTopic, secrets: dict[str, dict[str, Any]], api_domain: str
    ) -> Stack:
        """Puts together what there is to know; `secrets` are the providers' documents.

        Each signs in by a secret of its own there, and fetches no token for it.
        """
        # A version that has no such output has no domain of its own either.
        api = self._outputs.get("ApiId") or self._any_host.partition(".")[0]
        host = {"Host": f"{api}.{api_domain}"}
        signings = {
            provider: signing_by(held, lambda client: client.client_secret) for provider, held in secrets.items()
        }
        return Stack(
            endpoint=self._endpoint,
            region=region,
            stack=name,
            webhooks={
                provider: Webhook(
                    url=signings[provider].url(self._endpoint + path),
                    headers={**host, **signings[provider].headers},
                )
                for provider, path in self.providers.items()
            },
            token_endpoints={
                provider: TokenEndpoint(url=self.token_url(provider), headers=host, **held["oauth2"]["clients"][0])
                for provider, held in secrets.items()
                if "oauth2" in held
            },
            topics=self.topics,
            inboxes=inboxes,
            queues=self.queues,
            table=self.table,
            quarantine_bucket=self.quarantine_bucket,
            payloads_bucket=self._outputs["PayloadsBucketName"],
            functions=self.functions,
        )

    def token_url(self, provider: str) -> str:
        """Where a provider fetches tokens."""
        url = self._outputs["TokenUrl"].replace("{provider}", provider)
        return self._endpoint + urlsplit(url).path if self._endpoint else url

    def _if_there(self, output: str) -> str | None:
        url = self._outputs.get(output)
        return url and self._reachable(url)

    def _reachable(self, queue_url: str) -> str:
        """The engine names itself `localhost` in URLs, which need not be the address that it listens on."""
        return self._endpoint + urlsplit(queue_url).path if self._endpoint else queue_url
