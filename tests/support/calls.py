"""Which calls to AWS a function makes, in the words of IAM. The one place that knows what its clients are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.support.template import listed

ACCOUNT = "123456789012"  # moto's
REGION = "eu-west-1"

_ACTIONS = {"sqs:SendMessageBatch": "sqs:SendMessage", "sns:PublishBatch": "sns:Publish"}  # one permission for both
_RESOURCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "sqs": lambda params: f"arn:aws:sqs:{REGION}:{ACCOUNT}:{params['QueueUrl'].rpartition('/')[2]}",
    "sns": lambda params: str(params["TopicArn"]),
    "s3": lambda params: f"arn:aws:s3:::{params['Bucket']}/{params['Key']}",
    "ssm": lambda params: f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{params['Name']}",
    "dynamodb": lambda params: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{params['TableName']}",
}


@dataclass(frozen=True)
class Call:
    """A call as a policy sees it: `sqs:SendMessage`, and the ARN of what it is about."""

    action: str
    resource: str

    def is_covered_by(self, action: str, resource: str) -> bool:
        """Return whether one action on one resource (`*` and `?` as IAM has them) allows this call."""
        return self.action.casefold() == action.casefold() and fnmatchcase(self.resource, resource)


@dataclass(frozen=True)
class Permission:
    """One action on one resource, out of a statement that may list several of each."""

    action: str
    resource: str


def permissions_of(statement: dict[str, Any], resolve: Callable[[Any], Any]) -> list[Permission]:
    return [
        Permission(action, resolve(resource))
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


class Listened:
    """A client that tells of each call before it makes it."""

    def __init__(self, service: str, client: Any, note: Callable[[Call], None]) -> None:
        self._service, self._client, self._note = service, client, note

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**params: Any) -> Any:
            action = f"{self._service}:{''.join(map(str.capitalize, name.split('_')))}"
            if params:
                self._note(Call(_ACTIONS.get(action, action), _RESOURCES[self._service](params)))
            return method(**params)

        return call
