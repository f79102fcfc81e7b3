"""The cards of the providers: what to type where, and no secret that was not asked for."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.acme.sender import SENDER
from tests.support.signing import SECRET, parameter
from tests.support.watched import PASSWORD, WatchedStack
from tests.support.world import World


def card(stack: WatchedStack) -> dict[str, Any]:
    cards = stack.ask("GET", "/api/connect").json()["providers"]
    return next(each for each in cards if each["name"] == "acme")


def test_a_card_waits_for_the_first_message_and_shows_no_secret(stack: WatchedStack) -> None:
    shown = card(stack)
    assert (shown["title"], shown["where"], shown["kinds"][0]) == ("Acme", "its portal: the URL", "basic")
    assert (shown["url"], shown["headers"]) == ("http://127.0.0.1:1/acme", {"Host": "x"})
    assert [(each["kind"], each["number"]) for each in shown["secrets"]] == [("basic", 1)]
    assert datetime.fromisoformat(shown["secrets"][0]["changed_at"])
    assert (shown["last_message_at"], shown["last_message_unknown"]) == (None, None)
    assert PASSWORD not in json.dumps(shown)

    stack.ask("POST", "/api/send", {"provider": "acme", "kind": "forged"})
    assert card(stack)["last_message_at"] is None
    stack.ask("POST", "/api/send", {"provider": "acme", "kind": "new"})
    assert card(stack)["last_message_at"]

    stack.put_secrets({"basic": "nonsense"})
    assert (card(stack)["secrets"], bool(card(stack)["faults"]), bool(card(stack)["remedy"])) == ([], True, True)


def test_a_secret_is_revealed_with_what_to_type_where(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = WatchedStack(aws, monkeypatch, local=False)
    for kind in SENDER.secrets:
        stack.put_secrets(parameter(SENDER, kind, [SECRET, SECRET[::-1]]))
        shown = stack.ask("POST", "/api/connect/reveal", {"provider": "acme", "kind": kind}).json()
        assert (shown["provider"], shown["kind"], shown["where"]) == ("acme", kind, "its portal: the URL")
        assert datetime.fromisoformat(shown["changed_at"])
        secret = {"oauth2": "client-secret", "public_key": shown["entries"]["URL"]}.get(kind, SECRET)
        assert secret in "".join(shown["entries"].values())
        assert SECRET[::-1] not in json.dumps(shown), "the newest"
        assert stack.ask("POST", "/api/connect/reveal", {"provider": "acme"}).json() == shown


HOUR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("answer", "last"), [({"acme": HOUR}, HOUR.isoformat()), ({"acme": None}, None), (None, None)])
def test_of_a_stack_in_aws_parameter_store_is_not_read_and_cloudwatch_tells_the_last_message(
    aws: World, monkeypatch: pytest.MonkeyPatch, answer: Any, last: str | None
) -> None:
    def hours(_: object) -> Any:
        if answer is None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")
        return answer

    monkeypatch.setattr("gateway.console.connect.last_hours", hours)
    stack = WatchedStack(aws, monkeypatch, local=False)
    stack.clients["ssm"] = SimpleNamespace()
    shown = card(stack)
    assert (shown["secrets"], shown["secrets_unknown"][:20], shown["headers"]) == (None, "Secrets are read fro", {})
    assert (shown["last_message_at"], shown["last_message_unknown"] is None) == (last, answer is not None)


def test_alarms_are_those_that_ring(aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ringing = {"AlarmName": "a", "StateUpdatedTimestamp": HOUR, "AlarmDescription": "Look at it"}
    monkeypatch.setattr("gateway.console.problems.alarms_ringing", lambda _: ([ringing], 3))
    shown = WatchedStack(aws, monkeypatch, local=False).ask("GET", "/api/alarms").json()
    rings = {"name": "a", "description": "Look at it", "since": HOUR.isoformat()}
    assert shown == {"alarms": [rings], "alarms_unknown": None}
