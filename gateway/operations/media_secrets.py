"""What the downloads of a provider's media take, in a parameter below the provider's own (docs/media.md)."""

import json
from typing import Any

from pydantic import ValidationError

from gateway.errors import GatewayError, WrongUsage
from gateway.operations.installation import Installation
from gateway.simulator import senders
from inbound_sms.auth.media import MediaSecrets


def put_media_secret(installation: Installation, provider: str, value: str, username: str) -> str:
    """Write a secret in place of the one that is there, and return the parameter's name. Raises GatewayError.

    The old one needn't stay in force beside it: a download that is refused meanwhile is tried again. Several are not
    replaced: somebody wrote them by hand, of several accounts.
    """
    sender = senders().get(installation.require(provider))
    kind = sender.media.credentials if sender and sender.media else ""
    if not kind:
        raise WrongUsage(f"No download from {provider} takes credentials, as far as is known (docs/media.md)")
    if kind == "basic" and not username:
        raise WrongUsage("HTTP Basic needs a user: --name")
    held: dict[str, Any] = {kind: [{"username": username, "password": value} if kind == "basic" else value]}
    document = json.dumps(held)
    try:
        MediaSecrets.model_validate_json(document)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise GatewayError(f"The gateway would refuse this: {fault['msg']}") from None
    parameter = f"{installation.parameter(provider)}/media"
    if not _holds_one_at_most(installation, parameter):
        raise GatewayError(
            f"{parameter} holds several credentials, or what can't be read: this would leave one. Nothing was written. "
            f"Change it by hand (docs/media.md), or remove it first: aws ssm delete-parameter --name {parameter}"
        )
    key = {"KeyId": installation.key} if installation.key else {}
    installation.client("ssm").put_parameter(Name=parameter, Value=document, Type="SecureString", Overwrite=True, **key)
    return parameter


def _holds_one_at_most(installation: Installation, parameter: str) -> bool:
    ssm = installation.client("ssm")
    try:
        value = ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        return len(MediaSecrets.model_validate_json(value).values) <= 1
    except ssm.exceptions.ParameterNotFound:
        return True
    except ValidationError:
        return False
