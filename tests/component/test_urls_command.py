"""`gateway urls`, for a stack found by its name."""

from tests.support.boto import REGION
from tests.support.installed import API, PREFIXES, Desk, typing


def test_every_provider_has_its_url_its_parameter_and_where_they_go(office: Desk) -> None:
    found = {portal["provider"]: portal for portal in office.json("urls")}

    assert found.keys() == PREFIXES.keys()
    assert found["sinch"]["url"] == f"{API}/sinch"
    assert found["url-networks"]["url"] == f"{API}/url-networks/{{secret}}"
    assert found["8x8"]["token_url"] == f"{API}/oauth2/8x8/token"
    assert found["agile-telecom"]["token_url"] is None
    assert found["sinch"]["parameter"] == "/inbound-sms/test/sinch"
    assert all(portal["enter"] and not portal["headers"] for portal in found.values())


def test_people_get_the_same_in_lines(office: Desk) -> None:
    shown = office.run("urls")

    assert shown.exit_code == 0
    for provider in PREFIXES:
        assert f"{provider}  {API}/{provider}" in shown.stdout
        assert f"docs/providers/{provider}.md" in shown.stdout


def test_a_stack_that_is_not_there_is_told_in_one_line(office: Desk) -> None:
    ended = typing(["urls", "--stack", "another", "--region", REGION])

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "another" in ended.stderr
