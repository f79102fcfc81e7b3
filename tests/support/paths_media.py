"""The paths of the function that copies media."""

import json
from collections.abc import Iterator

import media_fetch
import media_links
from inbound_sms.events import Media
from inbound_sms_subscriber.testing import message
from media_fetch import File
from media_links import NotFetched
from tests.support.canary_values import CanaryValues
from tests.support.deployed import Deployed
from tests.support.faults import failing_and_raising
from tests.support.paths import Caller, Path

_PARAMETER = "/inbound-sms/dev/acme/media"


class Sent(Caller):
    """A message whose every part is marked, and the function that copies its files."""

    called = "MediaFunction"

    def __init__(self, stack: Deployed, canaries: CanaryValues) -> None:
        super().__init__(stack, canaries)
        sender, recipient = (f"+{canaries.number(what)}" for what in ("sender", "recipient"))
        media = tuple(Media(url=f"https://files.acme.test/{canaries.text(what)}") for what in ("a link", "another"))
        text, own_id = canaries.text("text"), "MM1"
        self.body = message(text, sender=sender, recipient=recipient, media=media, message_id=own_id).to_json()
        self.secrets = {"basic": [{"username": "user", "password": canaries.secret("password")}]}
        stack.aws.put_secrets(_PARAMETER, self.secrets)
        stack.patch.setattr(media_links, "_declared", lambda: {"acme": {"hosts": ("files.acme.test",)}})
        self.finds(File(canaries.text("content").encode(), f"image/{canaries.text('type')}"))

    def finds(self, found: File | Exception) -> None:
        """Say what is found behind each link."""

        def fetch(*_: object) -> File:
            if isinstance(found, Exception):
                raise found
            return found

        self.deployed.patch.setattr(media_fetch.Fetcher, "fetch", fetch)


def copied(it: Sent) -> None:
    it.start().take(it.body)
    it.start().take(it.body)


def missed(it: Sent) -> None:
    for found, failed in (
        (NotFetched("answered with 503"), 1),
        (NotFetched("answered with 410", final=True), 0),
        (RuntimeError(it.canaries.text("an error")), 1),
    ):
        it.finds(found)
        it.start().take(it.body, failed=failed)
    it.start().take(it.canaries.text("no event"), failed=1)


def something_fails(it: Sent) -> None:
    for service, operation in (("s3", "GetObject"), ("sqs", "SendMessageBatch"), ("ssm", "GetParameter")):
        for client in failing_and_raising(service, operation, it.canaries.text("an error")):
            it.deployed.aws.s3.clear()
            it.start(clients={service: client}).take(it.body, failed=1)
    it.deployed.aws.ssm[_PARAMETER] = json.dumps(it.secrets)[:-1]
    it.start().take(it.body, failed=1)


def paths() -> Iterator[Path]:
    return (Path(Sent.called, Sent, walk) for walk in (copied, missed, something_fails))
