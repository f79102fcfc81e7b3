"""Invokes a function of an installation directly, as only an operator may."""

import json
from typing import Any

from gateway.operations.installation import Installation


def invoke(installation: Installation, function: str, event: dict[str, Any]) -> dict[str, Any] | None:
    """Return a function's answer to an event, by the provider whose function it is, or "fanout".

    None if it isn't deployed, or ended by an error. Raises what boto3 raises.
    """
    name = installation.deployed.in_force.get(function)
    if name is None:
        return None
    response = installation.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    answer = json.loads(response["Payload"].read())
    return answer if isinstance(answer, dict) and "FunctionError" not in response else None
