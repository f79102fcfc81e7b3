"""The template's table of providers: each row agrees with its folder, and is all that is deployed for a provider."""

import pytest

from gateway.operations.deployed import Deployed
from gateway.template import rows
from tests.support.providers import ROOT, registered
from tests.support.template import decided, functions, resolved, resources, template, written

ROWS = rows(written())
EACH = pytest.mark.parametrize(("prefix", "row"), ROWS.items(), ids=ROWS)
OF_A_PROVIDER = {"Function", "Role", "TokenPolicy", "SilentAlarm", "AnomalyAlarm"}


def routes(function: str) -> dict[str, str]:
    events = functions()[function]["Events"].values()
    return {each["Properties"]["Path"]: each["Properties"]["Method"] for each in events if each["Type"] == "HttpApi"}


def test_every_provider_has_a_row_and_every_row_a_provider() -> None:
    assert sorted(row["Name"] for row in ROWS.values()) == sorted(entry.provider.name for entry in registered())


@EACH
def test_a_row_agrees_with_its_folder_and_is_what_is_deployed(prefix: str, row: dict[str, str]) -> None:
    """What its role may do, tests/component/test_least_privilege.py compares with what the function calls."""
    [entry] = [entry for entry in registered() if entry.provider.name == row["Name"]]
    function = functions()[entry.function]

    assert entry.function == f"{prefix}Function"
    assert row["Title"] == entry.sender.title
    assert function["CodeUri"] == row["Code"] == f"{entry.source.relative_to(ROOT)}/"
    assert function["Handler"] == row["Handler"] == f"{entry.module}.handler"
    assert function["Role"] == {"Fn::GetAtt": f"{prefix}Role.Arn"}
    assert function["Environment"]["PROVIDER_PARAMETER"] == {"Fn::Sub": "/inbound-sms/${Stage}/" + row["Name"]}
    assert routes(entry.function) == {f"/{row['Name']}": "ANY", f"/{row['Name']}/{{proxy+}}": "ANY"}
    assert template()["Outputs"][f"{prefix}FunctionName"]["Value"] == {"Ref": entry.function}


@EACH
def test_what_is_not_chosen_is_not_there(prefix: str, row: dict[str, str]) -> None:
    alone = template(prefix)
    others = {other + kind for other in ROWS if other != prefix for kind in OF_A_PROVIDER}
    outputs = {other + kind for other in ROWS if other != prefix for kind in ("WebhookUrl", "FunctionName")}

    assert set(template()["Resources"]) - set(alone["Resources"]) == others
    assert set(template()["Outputs"]) - set(alone["Outputs"]) == outputs
    tokens = alone["Resources"]["TokenFunction"]["Properties"]["Environment"]["Variables"]["TOKEN_PROVIDERS"]
    assert set(filter(None, tokens.split(","))) == {row["Name"]}


def test_nothing_is_chosen_unless_somebody_chooses_it() -> None:
    assert "Default" not in template()["Parameters"]["Providers"]
    switches = [each["Default"] for name, each in template()["Parameters"].items() if name.startswith("Enable")]
    assert {*map(str, switches)} <= {"false"}


def test_there_is_no_door_without_a_provider_and_no_two_functions_share_a_route() -> None:
    doors = {name: routes(name) for name in functions() if routes(name)}
    paths = [path for found in doors.values() for path in found]

    assert doors.keys() == {"TokenFunction", *(f"{prefix}Function" for prefix in ROWS)}
    assert len(paths) == len(set(paths))


def test_the_token_endpoint_serves_every_provider_and_is_always_there() -> None:
    """Its list has a place for each row. Whoever asks shares a route's limit, so it has none that a laptop reaches."""
    served = functions()["TokenFunction"]["Environment"]["TOKEN_PROVIDERS"]

    assert set(filter(None, served.split(","))) == {row["Name"] for row in ROWS.values()}
    assert routes("TokenFunction") == {"/oauth2/{provider}/token": "POST"}
    always = ("TokenFunction", "TokenRole", "TokenLogs")
    assert not [name for name in always if "Condition" in template()["Resources"][name]]


# ---- Their addresses -----------------------------------------------------------------------------------------

API = {"Api": "a1b2c3", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com"}


@pytest.mark.parametrize(
    ("parameters", "host"),
    [({}, "a1b2c3.execute-api.eu-west-1.amazonaws.com"), ({"DomainName": "sms.example.com"}, "sms.example.com")],
    ids=["none", "given"],
)
def test_every_address_has_a_domain_of_our_own_where_there_is_one_and_the_commands_read_it(
    parameters: dict[str, str], host: str
) -> None:
    told = {
        name: resolved(decided(each["Value"], **parameters), {**API, **parameters})
        for name, each in template()["Outputs"].items()
        if name.endswith("WebhookUrl") or name == "TokenUrl"
    }
    assert {url.split("/")[2] for url in told.values()} == {host}

    deployed = Deployed(None, told)
    names = [row["Name"] for row in ROWS.values()]
    assert deployed.webhook_urls == {name: f"https://{host}/{name}" for name in names}
    assert deployed.token_url(names[0]) == f"https://{host}/oauth2/{names[0]}/token"


def test_the_domain_leads_to_the_same_paths_and_the_old_addresses_go_on_working() -> None:
    mapping = resources("AWS::ApiGatewayV2::ApiMapping")["ApiMapping"]["Properties"]
    assert "ApiMappingKey" not in mapping, "it would be the first part of every path"
    assert mapping["ApiId"] == {"Ref": "Api"}
    assert "DisableExecuteApiEndpoint" not in resources("AWS::Serverless::HttpApi")["Api"]["Properties"]


def test_the_domain_is_there_where_it_is_asked_for_and_only_there() -> None:
    given = {"ApiDomain": "DomainName", "ApiMapping": "DomainName", "ApiRecord": "DomainHostedZoneId"}
    for name, parameter in given.items():
        condition = {"Fn::If": [template()["Resources"][name]["Condition"], True, False]}
        assert [decided(condition), decided(condition, **{parameter: "given"})] == [False, True], name
