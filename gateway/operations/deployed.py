"""A deployed stack as its outputs describe it."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.errors import GatewayError
from gateway.operations.stack import Media, PerTopic, Queues, Source, Stack, TokenEndpoint, webhook
from gateway.simulator import Post

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackResourceSummaryTypeDef

MEDIA = "Media"  # the function that copies media, and what belongs to it, among the outputs


def outputs_of(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    """Return the outputs of a deployed stack."""
    return described(cloudformation, stack)[0]


def described(cloudformation: "CloudFormationClient", stack: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the outputs and the parameters of a deployed stack."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return outputs, {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}


def resources_of(cloudformation: "CloudFormationClient", stack: str) -> "list[StackResourceSummaryTypeDef]":
    """Return what a deployed stack consists of."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [resource for page in pages for resource in page["StackResourceSummaries"]]


def kebab(logical_name: str) -> str:
    """Return a logical name as people type it: AcmeTopic as acme-topic."""
    return re.sub("(?<!^)(?=[A-Z])", "-", logical_name).lower()


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
        self._paths = {prefix: urlsplit(url).path for prefix, url in urls.items()}
        self._any_host = next((urlsplit(url).netloc for url in urls.values()), "")

    @property
    def providers(self) -> dict[str, str]:
        """The path of every provider's webhook; the provider's name is its first part."""
        return {path.split("/")[1]: path for path in self._paths.values()}

    @property
    def functions(self) -> dict[str, str]:
        """The name of every provider's function, and of the fan-out."""
        named = {path.split("/")[1]: self._outputs[f"{prefix}FunctionName"] for prefix, path in self._paths.items()}
        return named | {"fanout": self._outputs["FanoutFunctionName"]}

    @property
    def logging(self) -> dict[str, str]:
        """The name of every function that logs what became of an event: these, and the one that copies media."""
        return self.functions | ({"media": self.media.function} if self.media else {})

    @property
    def in_force(self) -> dict[str, str]:
        """What to invoke of each function: its alias, where it has one, for only that leads to what is in force."""
        alias = self._outputs.get("FunctionAlias")
        return {name: f"{function}:{alias}" if alias else function for name, function in self.functions.items()}

    @property
    def webhook_urls(self) -> dict[str, str]:
        """Where every provider posts; some URLs hold `{secret}`."""
        urls = {key: url for key, url in self._outputs.items() if key.endswith("WebhookUrl")}
        return {
            urlsplit(url).path.split("/")[1]: self._endpoint + urlsplit(url).path if self._endpoint else url
            for url in urls.values()
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
    def payloads_bucket(self) -> str:
        """The bucket of the payloads that were too large for their event."""
        return self._outputs["PayloadsBucketName"]

    @property
    def operations_topic(self) -> str:
        """The ARN of the topic of the alarms."""
        return self._outputs["OperationsTopicArn"]

    @property
    def topics(self) -> PerTopic:
        """The ARNs of the topics that subscribers listen on."""
        return PerTopic(messages=self._outputs["MessagesTopicArn"], delivery=self._outputs["DeliveryTopicArn"])

    @property
    def queues(self) -> Queues:
        """The URLs of the queues."""
        return Queues(
            events=self.reachable(self._outputs["EventsQueueUrl"]),
            dead_letters=self.reachable(self._outputs["DeadLettersUrl"]),
        )

    @property
    def media(self) -> Media | None:
        """What copies media, if it is deployed."""
        if f"{MEDIA}FunctionName" not in self._outputs:
            return None
        return Media(
            function=self._outputs[f"{MEDIA}FunctionName"],
            queue=self.reachable(self._outputs[f"{MEDIA}QueueUrl"]),
            dead_letters=self.reachable(self._outputs[f"{MEDIA}DeadLettersUrl"]),
            bucket=self._outputs[f"{MEDIA}BucketName"],
        )

    @property
    def sources(self) -> dict[str, Source]:
        """The providers' other sources, by name: `AcmeTopicQueueUrl` among the outputs is Acme's, `acme-topic`."""
        return {
            kebab(name): Source(
                provider=self._provider_of(name),
                queue=self.reachable(self._outputs[f"{name}QueueUrl"]),
                dead_letters=self.reachable(url),
                topic=self._outputs.get(f"{name}Arn"),
            )
            for output, url in self._outputs.items()
            if (name := output.removesuffix("DeadLettersUrl")) not in {output, "", MEDIA}
        }

    def _provider_of(self, name: str) -> str:
        """Return the provider whose logical name something begins with: the longest, where that is several."""
        prefixes = [prefix for prefix in self._paths if name.startswith(prefix)]
        if not prefixes:
            raise GatewayError(f"The stack has a queue {name} of no provider: this gateway can't drive it")
        return self._paths[max(prefixes, key=len)].split("/")[1]

    def stack(
        self, name: str, region: str, inboxes: PerTopic, secrets: dict[str, dict[str, Any]], api_domain: str
    ) -> Stack:
        """Put together what there is to know; `secrets` are the providers' documents."""
        # A version that has no such output has no domain of its own either.
        api = self._outputs.get("ApiId") or self._any_host.partition(".")[0]
        host = {"Host": f"{api}.{api_domain}"}
        return Stack(
            endpoint=self._endpoint,
            region=region,
            stack=name,
            webhooks={
                provider: webhook(provider, Post(self._endpoint + path, host), secrets[provider])
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
            sources=self.sources,
            table=self.table,
            quarantine_bucket=self.quarantine_bucket,
            payloads_bucket=self._outputs["PayloadsBucketName"],
            functions=self.functions,
        )

    def token_url(self, provider: str) -> str:
        """Where a provider fetches tokens."""
        url = self._outputs["TokenUrl"].replace("{provider}", provider)
        return self._endpoint + urlsplit(url).path if self._endpoint else url

    def reachable(self, queue_url: str) -> str:
        """Return a queue's URL as it can be reached: the engine calls itself `localhost`, where it need not listen."""
        return self._endpoint + urlsplit(queue_url).path if self._endpoint else queue_url
