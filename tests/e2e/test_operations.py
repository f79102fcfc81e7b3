"""What operators asked for, as it was deployed: a few providers, alarms, dashboard, a domain, a key, traces."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from bench.template import holds
from gateway.operations.deployed import Deployed, outputs_of
from gateway.operations.stack import Stack
from gateway.simulator import senders
from tests.e2e.conftest import DOMAIN, KEY, PARAMETERS
from tests.support.outside import FIRST, Outside
from tests.support.template import defaults, resources


def test_a_provider_that_is_not_chosen_has_no_webhook(outside: Outside) -> None:
    [absent, *_] = senders().keys() - outside.stack.webhooks
    webhook = outside.stack.webhooks[FIRST]
    url = webhook.address.removesuffix(FIRST) + absent
    assert httpx.post(url, headers=webhook.headers, content="{}", timeout=30).status_code == 404


def test_the_alarms_are_deployed_and_reach_the_operators(stack: Stack, boto: Callable[[str], Any]) -> None:
    deployed = boto("cloudwatch").describe_alarms()["MetricAlarms"]
    expected = {
        (alarm["Properties"]["Namespace"], alarm["Properties"]["MetricName"])
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if "Metrics" not in alarm["Properties"]  # the local engine knows no metric math
        and ("Condition" not in alarm or holds(alarm, defaults() | PARAMETERS))
    }

    assert {(alarm["Namespace"], alarm["MetricName"]) for alarm in deployed} == expected
    topics = {action for alarm in deployed for action in alarm["AlarmActions"]}
    assert {topic.rpartition(":")[2].split("-")[-2] for topic in topics} >= {"OperationsTopic"}
    watched = {value["Value"] for alarm in deployed for value in alarm["Dimensions"] if value["Name"] == "service"}
    assert watched == {stack.stack}


def test_the_dashboard_is_deployed_under_the_name_of_the_stack(stack: Stack, boto: Callable[[str], Any]) -> None:
    body = json.loads(boto("cloudwatch").get_dashboard(DashboardName=stack.stack)["DashboardBody"])

    expressions = [
        row[0].get("expression", "")
        for w in body["widgets"]
        for row in w["properties"]["metrics"]
        if isinstance(row[0], dict)
    ]
    assert any(f'service="{stack.stack}"' in expression for expression in expressions)
    assert "${PROP('Dim.provider')}" in json.dumps(body)


def test_the_domain_leads_to_the_api_and_the_addresses_have_it(stack: Stack, boto: Callable[[str], Any]) -> None:
    outputs = outputs_of(boto("cloudformation"), stack.stack)
    [mapping] = boto("apigatewayv2").get_api_mappings(DomainName=DOMAIN)["Items"]

    assert (mapping["ApiId"], mapping["Stage"], mapping.get("ApiMappingKey", "")) == (outputs["ApiId"], "$default", "")
    assert Deployed(None, outputs).webhook_urls == {name: f"https://{DOMAIN}/{name}" for name in stack.webhooks}
    assert outputs["DomainTarget"].endswith(".amazonaws.com")


def test_the_first_day_test_holds_of_every_provider_and_leaves_nothing(
    gateway: Callable[..., Any], stack: Stack, outside: Outside, boto: Callable[[str], Any]
) -> None:
    before, checks = outside.quarantined(), gateway("verify", status=None)
    wrong = [it for it in checks if it["holds"] is False or (it["holds"] is None and it["what"] != "metrics")]
    assert not wrong, wrong
    assert len(checks) == len(stack.webhooks) * len({it["what"] for it in checks})
    assert outside.quarantined() == before
    assert not [url for url in boto("sqs").list_queues().get("QueueUrls", []) if "-verify-" in url]


def test_a_key_of_our_own_and_traces_are_where_they_were_asked_for(stack: Stack, boto: Callable[[str], Any]) -> None:
    queue = boto("sqs").get_queue_attributes(QueueUrl=stack.queues.events, AttributeNames=["All"])["Attributes"]
    function = boto("lambda").get_function_configuration(FunctionName=stack.functions[FIRST])
    role = function["Role"].rpartition("/")[2]
    [log] = boto("logs").describe_log_groups(logGroupNamePrefix=function["LoggingConfig"]["LogGroup"])["logGroups"]
    attached = boto("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]

    assert queue["KmsMasterKeyId"] == log["kmsKeyId"] == KEY  # the engine keeps no other store's key
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert {kind for kind in ("KeyPolicy", "TracePolicy") for each in attached if kind in each["PolicyName"]} == {
        "KeyPolicy", "TracePolicy",
    }  # fmt: skip
