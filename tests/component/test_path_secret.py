"""The secret of a URL's path: some providers repeat the URL in every message; no subscriber may learn the secret."""

import json
from typing import Any

import pytest

from bench.api_event import api_event
from tests.support.acme.sender import ACME_ENTRY, text
from tests.support.world import World

OLD, NEW = "the-old-secret-of-the-path", "the-new-secret-of-the-path"
BOTH = {"path_secret": [OLD, NEW]}


@pytest.mark.parametrize(
    ("secrets", "used", "url", "other"),
    [
        (BOTH, OLD, "https://example.com/***/", "***"),
        (BOTH, NEW, "https://example.com/***/", "***"),
        ({"authentication": "none"}, "e", f"https://example.com/{OLD}/", NEW),
    ],
    ids=["the old", "the new", "where the end of the path is no secret"],
)
def test_no_secret_that_is_in_force_gets_into_an_event(
    aws: World, secrets: dict[str, Any], used: str, url: str, other: str
) -> None:
    body = text(url=f"https://example.com/{OLD}/", other=NEW)
    event = api_event("/acme", body, {"content-type": "application/json"}, path_secret=used)
    assert aws.receiver(ACME_ENTRY, secrets).handle(event)["statusCode"] == 200

    payload = json.loads(aws.queued()[0])["data"]["provider_payload"]
    assert (payload["url"], payload["other"]) == (url, other)
