"""A domain of our own: every address that is told has it, and without one nothing is there."""

import pytest

from gateway.operations.deployed import Deployed
from gateway.template import rows
from tests.support.template import decided, resolved, resources, template, written

DOMAIN = {"DomainName": "sms.example.com"}
API = {"Api": "a1b2c3", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com"}


@pytest.mark.parametrize(
    ("parameters", "host"),
    [({}, "a1b2c3.execute-api.eu-west-1.amazonaws.com"), (DOMAIN, "sms.example.com")],
    ids=["none", "given"],
)
def test_every_address_has_it_and_the_commands_read_it(parameters: dict[str, str], host: str) -> None:
    told = {
        name: resolved(decided(each["Value"], **parameters), {**API, **parameters})
        for name, each in template()["Outputs"].items()
        if name.endswith("WebhookUrl") or name == "TokenUrl"
    }
    assert {url.split("/")[2] for url in told.values()} == {host}

    deployed = Deployed(None, told)
    names = [row["Name"] for row in rows(written()).values()]
    assert deployed.webhook_urls == {name: f"https://{host}/{name}" for name in names}
    assert deployed.token_url(names[0]) == f"https://{host}/oauth2/{names[0]}/token"


def test_it_leads_to_the_same_paths_and_the_old_addresses_go_on_working() -> None:
    mapping = resources("AWS::ApiGatewayV2::ApiMapping")["ApiMapping"]["Properties"]
    assert "ApiMappingKey" not in mapping, "it would be the first part of every path"
    assert mapping["ApiId"] == {"Ref": "Api"}
    assert "DisableExecuteApiEndpoint" not in resources("AWS::Serverless::HttpApi")["Api"]["Properties"]


def test_it_is_there_where_it_is_asked_for_and_only_there() -> None:
    given = {"ApiDomain": "DomainName", "ApiMapping": "DomainName", "ApiRecord": "DomainHostedZoneId"}
    for name, parameter in given.items():
        condition = {"Fn::If": [template()["Resources"][name]["Condition"], True, False]}
        assert [decided(condition), decided(condition, **{parameter: "given"})] == [False, True], name
