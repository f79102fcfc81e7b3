"""`gateway preflight`: what stands in a deployment's way is said before; and the deploying role's policy is current."""

import json
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from gateway.operations import deploying_role
from gateway.operations.findings import Level
from gateway.operations.preflight import Plan, look_ahead

NEW = ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "any")
LOG = "/aws/vendedlogs/inbound-sms-prod/access"
TEN = {"get_account_settings": {"AccountLimit": {"UnreservedConcurrentExecutions": 10}}}
REFUSED = {"EvalActionName": "sqs:CreateQueue", "EvalDecision": "implicitDeny"}
DENYING = {"simulate_principal_policy": {"EvaluationResults": [REFUSED]}}
FINE: dict[str, Any] = {
    "get_caller_identity": {"Arn": "arn:aws:sts::123456789012:assumed-role/deployer/me"},
    "describe_stacks": NEW,
    "describe_log_groups": {"logGroups": []},
    "get_account_settings": {"AccountLimit": {"UnreservedConcurrentExecutions": 1_000}},
    "get_service_setting": {"ServiceSetting": {"SettingValue": "false"}},
    "list_service_quotas": {"Quotas": [{"QuotaName": "Topics per Account", "Value": 100_000.0}]},
    "list_aws_default_service_quotas": {"Quotas": [{"QuotaName": "Messages Published per Second", "Value": 300.0}]},
    "simulate_principal_policy": {"EvaluationResults": []},
}


def services(answers: dict[str, Any]) -> Mock:
    """Return every service at once, with an answer for each call."""
    aws = Mock()
    for operation, answer in (FINE | answers).items():
        how = "side_effect" if isinstance(answer, Exception) else "return_value"
        aws.configure_mock(**{f"{operation}.{how}": answer})
    aws.get_paginator.side_effect = lambda name: Mock(paginate=lambda **asked: [getattr(aws, name)(**asked)])
    return aws


def stack(status: str) -> dict[str, Any]:
    return {"describe_stacks": {"Stacks": [{"StackStatus": status}]}}


@pytest.mark.parametrize(
    ("answers", "what", "level"),
    [
        ({}, "", None),
        (stack("UPDATE_COMPLETE"), "", None),
        (stack("UPDATE_ROLLBACK_COMPLETE"), "", None),
        (stack("ROLLBACK_COMPLETE"), "stack", Level.TODO),
        (stack("UPDATE_IN_PROGRESS"), "stack", Level.TODO),
        ({"describe_log_groups": {"logGroups": [{"logGroupName": LOG}]}}, "names", Level.TODO),
        (TEN, "Lambda's concurrency", Level.TODO),
        ({"get_service_setting": DENIED}, "parameter store", Level.NOTE),
        ({"list_aws_default_service_quotas": {"Quotas": []}}, "SNS", Level.NOTE),
        ({"list_service_quotas": DENIED}, "topics", Level.NOTE),
        ({"simulate_principal_policy": DENIED}, "permissions", Level.NOTE),
        (DENYING, "permissions", Level.NOTE),
        ({"get_caller_identity": DENIED}, "credentials", Level.TODO),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said(answers: dict[str, Any], what: str, level: Level | None) -> None:
    aws = services(answers)
    found = look_ahead(Plan("inbound-sms-prod", "python3", lambda _: aws, "eu-west-1"))
    assert {it.what: it.level for it in found if it.level is not Level.OK and it.what != "SAM CLI"} == (
        {what: level} if level else {}
    )
    assert answers or "300 messages/s for the account: docs/scale.md" in {it.how for it in found}
    asked = [call.kwargs["PolicySourceArn"] for call in aws.simulate_principal_policy.call_args_list]
    assert set(asked) <= {"arn:aws:iam::123456789012:role/deployer"}


def test_without_a_region_nothing_is_asked() -> None:
    [finding] = look_ahead(Plan("inbound-sms-prod", "python3", lambda _: services({}), None))
    assert (finding.what, finding.level) == ("region", Level.TODO)


def test_the_policy_of_the_deploying_role_is_current_narrow_and_short_enough() -> None:
    text = deploying_role.FILE.read_text()
    assert text == deploying_role.written(), "python -m gateway.operations.deploying_role writes it anew"
    policy = json.loads(text)
    assert len(json.dumps(policy, separators=(",", ":"))) <= 10_240, "IAM: the policies inside of a role"
    actions = {action for each in policy["Statement"] for action in each["Action"]}
    assert {action.lower() for action in actions} <= deploying_role.known_actions(), "and none has a star"
    assert actions >= {"lambda:CreateFunction", "logs:CreateLogDelivery", "sqs:CreateQueue", "iam:PassRole"}
