"""Textmagic: its test of the URL, and the letters of its delivery notifications."""

import pytest

from bench.api_event import api_event
from tests.support.memory import Memory
from tests.support.parsing import parse
from tests.support.providers import those


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 405), ("POST", 401)])
def test_only_the_test_of_the_url_is_answered_without_the_secret_and_nothing_is_stored(
    method: str, status: int, memory: Memory
) -> None:
    [entry] = those(lambda entry: entry.provider.name == "textmagic")
    response = memory.receiver(entry).handle(api_event("/textmagic", b"", {}, method=method))

    assert response["statusCode"] == status
    assert (memory.queued(), memory.quarantined()) == ([], [])


@pytest.mark.parametrize(
    ("letter", "status"),
    [
        ("q", "queued"),
        ("s", "queued"),
        ("r", "sent"),
        ("a", "sent"),
        ("b", "sent"),
        ("d", "delivered"),
        ("f", "failed"),
        ("e", "failed"),
        ("j", "rejected"),
        ("u", "unknown"),
        ("x", "unknown"),
    ],
)
def test_the_letters_of_a_delivery_notification(letter: str, status: str) -> None:
    data = parse("textmagic", {"id": 1, "status": letter})["data"]

    assert (data["status"], data["provider_status"]) == (status, letter)
