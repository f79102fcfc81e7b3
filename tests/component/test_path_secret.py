"""The secret of a URL's path: some repeat the URL in every message, and no subscriber may learn the secret."""

import json
from typing import Any

import pytest

from tests.support.providers import Registered, event_of, those
from tests.support.signing import sign
from tests.support.world import World

OLD, NEW = "the-old-secret-of-the-path", "the-new-secret-of-the-path"
IN_PATH = those(lambda entry: entry.kind == "path_secret")


def payload(aws: World, entry: Registered, secrets: dict[str, Any], path_secret: str) -> dict[str, Any]:
    """What a subscriber gets of a message that repeats both secrets, posted by this one."""
    form = f"url=https://example.com/{OLD}/&other={NEW}&".encode() + entry.message
    event = event_of(sign(entry.post(form), entry.sender, "path_secret", path_secret))
    assert aws.receiver(entry, secrets).handle(event)["statusCode"] == 200
    [document] = aws.queued()
    found: dict[str, Any] = json.loads(document)["data"]["provider_payload"]
    return found


@pytest.mark.parametrize("entry", IN_PATH, ids=str)
@pytest.mark.parametrize("used", [OLD, NEW])
def test_no_secret_that_is_in_force_gets_into_an_event(entry: Registered, used: str, aws: World) -> None:
    found = payload(aws, entry, {"path_secret": [OLD, NEW]}, used)

    assert (found["url"], found["other"]) == ("https://example.com/***/", "***")


@pytest.mark.parametrize("entry", IN_PATH, ids=str)
def test_without_authentication_the_end_of_the_path_is_no_secret_and_blots_nothing_out(
    entry: Registered, aws: World
) -> None:
    found = payload(aws, entry, {"authentication": "none"}, "e")

    assert (found["url"], found["other"]) == (f"https://example.com/{OLD}/", NEW)
