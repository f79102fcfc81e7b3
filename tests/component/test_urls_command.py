"""`gateway urls`, for a stack found by its name."""

from dataclasses import replace

import pytest

from gateway.simulator import senders
from tests.support.acme.sender import SENDER
from tests.support.boto import REGION
from tests.support.installed import API, PREFIXES, Desk, typing


def test_every_provider_has_its_url_its_parameter_and_where_they_go(office: Desk) -> None:
    found = {portal["provider"]: portal for portal in office.json("urls")}

    assert found.keys() == PREFIXES.keys()
    for name, portal in found.items():
        sender = senders()[name]
        secret = "/{secret}" if sender.secrets[0] == "path_secret" else ""
        assert portal["url"] == f"{API}/{name}{secret}{sender.url_suffix}"
        assert portal["enter"] == sender.portal
        assert portal["parameter"] == f"/inbound-sms/test/{name}"
        assert portal["token_url"] == (f"{API}/oauth2/{name}/token" if sender.oauth2_portal else None)
        assert not portal["headers"]

    shown = office.run("urls").stdout
    assert all(f"{provider}  {API}/{provider}" in shown for provider in PREFIXES)
    assert "more: functions/" in shown


def test_of_several_urls_all_are_shown(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, suffix, urls in (
        ("basic", "", ["acme", "acme/status"]),
        ("basic", "#retry=5", ["acme#retry=5", "acme/status#retry=5"]),
        ("path_secret", "", ["acme/{secret}", "acme/status/{secret}"]),
    ):
        monkeypatch.setitem(senders(), "acme", replace(SENDER, secrets=(kind,), url_suffix=suffix))

        [portal] = [portal for portal in office.json("urls") if portal["provider"] == "acme"]

        assert [portal["url"], *portal["more_urls"]] == [f"{API}/{url}" for url in urls]
        assert all(f"  {API}/{url}\n" in office.run("urls").stdout for url in urls)


def test_a_stack_that_is_not_there_is_told_in_one_line(office: Desk) -> None:
    ended = typing(["urls", "--stack", "another", "--region", REGION])
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n"), "another" in ended.stderr) == (1, "", 1, True)
