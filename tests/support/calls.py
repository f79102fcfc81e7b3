"""Which calls to AWS a function makes, in the words of IAM. The one place that knows what its clients are made of."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, NamedTuple

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


class Permission(NamedTuple):
    """One action on one resource, as a policy sees a call, or allows it: `sqs:SendMessage`, and an ARN."""

    action: str
    resource: str

    def covers(self, call: "Permission") -> bool:
        """Return whether it allows a call (`*` and `?` in the resource are as IAM has them)."""
        return self.action.casefold() == call.action.casefold() and fnmatchcase(call.resource, self.resource)


def permissions_of(statement: dict[str, Any], resolve: Callable[[Any], Any]) -> list[Permission]:
    """Return each action on each resource of a statement, which may list several of each."""
    return [
        Permission(*each) for each in product(listed(statement["Action"]), map(resolve, listed(statement["Resource"])))
    ]


class Listened:
    """A client that tells of each call before it makes it."""

    def __init__(self, service: str, client: Any, note: Callable[[Permission], None]) -> None:
        self._service, self._client, self._note = service, client, note

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**params: Any) -> Any:
            action = f"{self._service}:{''.join(map(str.capitalize, name.split('_')))}"
            if params:
                self._note(Permission(_ACTIONS.get(action, action), _RESOURCES[self._service](params)))
            return method(**params)

        return call
