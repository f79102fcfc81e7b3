"""The paths of the function that copies media."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import media_fetch
import media_links
from inbound_sms.events import Media
from inbound_sms_subscriber.testing import message
from media_fetch import File
from media_links import NotFetched
from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed
from tests.support.paths import Path, paths_of
from tests.support.queued import sqs_record

_FUNCTION = "MediaFunction"


class Sent:
    """A message whose every part is marked, and the function that copies its files."""

    def __init__(self, deployed: Deployed, canaries: CanaryValues) -> None:
        self.deployed, self.canaries = deployed, canaries
        sender, recipient = (f"+{canaries.number(what)}" for what in ("sender", "recipient"))
        media = tuple(Media(url=f"https://files.acme.test/{canaries.text(what)}") for what in ("a link", "another"))
        text, own_id = canaries.text("text"), "MM1"
        self.body = message(text, sender=sender, recipient=recipient, media=media, message_id=own_id).to_json()
        self.secret = json.dumps({"basic": [{"username": "user", "password": canaries.secret("password")}]})
        self.deployed.aws.ssm.put_parameter(Name="/inbound-sms/dev/acme/media", Value=self.secret, Type="SecureString")
        self.content = canaries.text("content").encode()

    def copy(self, found: File | Exception | None = None, *, body: str | None = None, done: bool, **how: Any) -> None:
        """Start the function and give it the message; check whether it has to come back."""

        def fetch(_fetcher: Any, _url: str, _source: Any, _credentials: Any, _deadline: Any) -> File:
            if isinstance(found, Exception):
                raise found
            return found or File(self.content, f"image/{self.canaries.text('type')}")

        self.deployed.patch.setattr(media_fetch.Fetcher, "fetch", fetch)
        self.deployed.patch.setattr(media_links, "_declared", lambda: {"acme": {"hosts": ("files.acme.test",)}})
        function = self.deployed.start(_FUNCTION, **how)
        answer = function({"Records": [sqs_record("sqs-1", self.body if body is None else body)]})
        assert answer == {"batchItemFailures": [] if done else [{"itemIdentifier": "sqs-1"}]}


def _copied(it: Sent) -> None:
    it.copy(done=True)
    it.copy(done=True)


def _missed(it: Sent) -> None:
    it.copy(NotFetched("answered with 503"), done=False)
    it.copy(NotFetched("answered with 410", final=True), done=True)
    it.copy(RuntimeError(it.canaries.text("an error")), done=False)
    it.copy(body=it.canaries.text("no event"), done=False)


class _Failing:
    """A client of which each call raises an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _name: str) -> Any:
        def call(**_: Any) -> Any:
            raise self._error

        return call


def _fails(it: Sent) -> None:
    for service in ("s3", "sqs", "ssm"):
        it.deployed.aws.s3.clear()
        it.copy(done=False, clients={service: _Failing(RuntimeError(it.canaries.text("an error")))})
    it.deployed.aws.ssm["/inbound-sms/dev/acme/media"] = it.secret[:-1]
    it.copy(done=False)


_WALKS: dict[str, Callable[[Sent], None]] = {"copied": _copied, "missed": _missed, "something fails": _fails}


def paths() -> Iterator[Path]:
    return paths_of(_FUNCTION, Sent, _WALKS)
