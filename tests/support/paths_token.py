"""The paths of the token endpoint."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed
from tests.support.faults import failing_and_raising
from tests.support.paths import Caller, Path
from tests.support.signing import basic
from tests.support.template import functions
from tests.support.token_endpoint import token_event

_PROVIDERS = [*filter(None, functions()["TokenFunction"]["Environment"]["TOKEN_PROVIDERS"].split(","))]
_USUAL = _PROVIDERS[0]


class Client(Caller):
    """A client with marked credentials, and our endpoint."""

    called = "TokenFunction"

    def __init__(self, stack: Deployed, canaries: CanaryValues) -> None:
        super().__init__(stack, canaries)
        self.id, self.secret = canaries.text("client id"), canaries.secret("client secret")
        client = {"client_id": self.id, "client_secret": self.secret}
        self.parameter = {"oauth2": {"clients": [client], "signing_keys": [canaries.secret("signing key")]}}
        self.in_form = {"grant_type": "client_credentials", **client}
        for provider in _PROVIDERS:
            stack.aws.put_secrets(f"/inbound-sms/dev/{provider}", self.parameter)

    def ask(self, status: int, form: Any = None, authorization: str | None = None, **kwargs: str) -> None:
        """Ask for a token, and check the status. Token and scope belong in the answer, and nowhere else."""
        sent = self.in_form if form is None else form
        answer = self.function(token_event(sent, authorization, **{"provider": _USUAL, **kwargs}))
        assert answer["statusCode"] == status, answer
        if status == 200:
            body = json.loads(answer["body"])
            self.deployed.heard.answers.pop()
            self.canaries.add("token", body.pop("access_token"))
            body.pop("scope", None)
            self.deployed.heard.answers.append(json.dumps({**answer, "body": body}))


def issued(it: Client) -> None:
    it.start()
    for provider in _PROVIDERS:
        it.ask(200, provider=provider)
        it.ask(200, {"grant_type": "client_credentials", "scope": it.canaries.text("scope")}, basic(it.id, it.secret))
        it.ask(200, {"grant_type": "password", "username": it.id, "password": it.secret})


def refused(it: Client) -> None:
    it.start()
    wrong, text = it.canaries.secret("wrong secret"), it.canaries.text("text")
    it.ask(401, {**it.in_form, "client_secret": wrong})
    it.ask(401, {"grant_type": "client_credentials"}, basic(it.id, wrong))
    it.ask(401, {"grant_type": "client_credentials"}, f"Bearer {it.secret}")
    it.ask(400, {"grant_type": "password", "username": it.id, "password": wrong})
    it.ask(400, {"grant_type": text, "client_id": it.id})
    it.ask(400, {**it.in_form, "scope": f'"{text}"'})
    it.ask(400, it.in_form, basic(it.id, it.secret))
    it.ask(400, b"client_secret=" + it.secret.encode() + b"&client_secret=x")
    it.ask(400, it.secret.encode() * 300)
    it.ask(400, f"--{it.secret}\r\n".encode(), content_type=f"multipart/form-data; boundary={it.secret}")
    it.ask(404, provider=text)


def parameter_fails(it: Client) -> None:
    private = json.dumps(it.parameter)
    for client in failing_and_raising("ssm", "GetParameter", private):
        it.start(clients={"ssm": client}).ask(503)
    for value in (it.secret, f'{{"oauth2": "{it.secret}"}}', '{"authorization": ["x"]}', private[:-1]):
        it.deployed.aws.put_secrets(f"/inbound-sms/dev/{_USUAL}", value)
        it.start().ask(503)
    it.start(environment={"PARAMETER_PREFIX": None}).ask(503)


def paths() -> Iterator[Path]:
    return (Path(Client.called, Client, walk) for walk in (issued, refused, parameter_fails))
