"""Each function may do what it does, and nothing else: its policy against the calls that it makes on every path."""

from functools import partial
from typing import Any

import pytest

from tests.support.calls import Permission, permissions_of
from tests.support.deployed import PHYSICAL
from tests.support.paths import all_paths, scenario_run
from tests.support.template import decided, functions, listed, resolved, resources, template

pytestmark = pytest.mark.xdist_group("paths")  # they share the runs of the paths

# What Lambda's poller does in the function's name, for a function with a queue for an event source.
POLLER = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
# What Lambda does in the function's name for every function.
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
# What KMS is asked for in the function's name by a service that keeps things under our key, for each thing done there.
# Sources, AWS's pages: "Amazon SQS Key management", "Managing Amazon SNS encryption keys and costs", "Using server-side
# encryption with AWS KMS keys", "DynamoDB encryption at rest", "AWS KMS encryption for Parameter Store SecureString".
KEY = {
    "sqs:SendMessage": {"kms:GenerateDataKey", "kms:Decrypt"},
    "sqs:ReceiveMessage": {"kms:Decrypt"},
    "sns:Publish": {"kms:GenerateDataKey", "kms:Decrypt"},
    "s3:PutObject": {"kms:GenerateDataKey"},
    "s3:GetObject": {"kms:Decrypt"},
    "dynamodb:PutItem": {"kms:Decrypt"},  # of the table's own key
    "dynamodb:UpdateItem": {"kms:Decrypt"},
    "ssm:GetParameter": {"kms:Decrypt"},
}
TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def policy_of(function: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the statements of a function's role, with these parameters."""
    role = functions()[function]["Role"]["Fn::GetAtt"].removesuffix(".Arn")
    properties = template()["Resources"][role]["Properties"]
    managed = [arn["Ref"] for arn in decided(properties["ManagedPolicyArns"], **parameters)]
    policies = [*properties["Policies"], *(template()["Resources"][name]["Properties"] for name in managed)]
    beside = (each["Properties"] for each in resources("AWS::IAM::Policy").values())
    policies += [each for each in beside if {"Ref": role} in each["Roles"]]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def granted(function: str, **parameters: str) -> list[Permission]:
    """Return what a function may do, by itself or by Lambda in its name."""
    resolve = partial(resolved, physical=PHYSICAL)
    return [each for statement in policy_of(function, **parameters) for each in permissions_of(statement, resolve)]


def compared(own: list[Permission], made: set[Permission]) -> tuple[set[Permission], set[Permission]]:
    """Return the calls that nothing allows, and the permissions that nothing uses."""
    pairs = [(each, call) for each in own for call in made if each.covers(call)]
    return made - {call for _, call in pairs}, set(own) - {each for each, _ in pairs}


def test_a_policy_allows_what_the_function_calls_and_nothing_else() -> None:
    """One test for all functions: each may be called on another's paths, and all of them are run for it."""
    runs = [scenario_run(path).calls for path in all_paths()]
    for function in functions():
        made = set().union(*(calls.get(function, set()) for calls in runs))
        own = [each for each in granted(function) if each.action not in POLLER | LOGS]

        assert made, function
        assert compared(own, made) == (set(), set()), function
        for one in own:
            others = [each for each in own if each != one]
            assert compared(others, made)[0], f"{one} is missing, and it isn't noticed"
            assert compared([*own, Permission(one.action, one.resource + "x")], made)[1], "so much isn't needed"


@pytest.mark.parametrize("function", sorted(functions()))
def test_what_lambda_does_in_a_functions_name_is_allowed_where_it_does_it(function: str) -> None:
    sources = [
        each["Properties"]["Queue"] for each in functions()[function]["Events"].values() if each["Type"] == "SQS"
    ]
    group = functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]
    permissions = granted(function)

    polled = {(each.action, each.resource) for each in permissions if each.action in POLLER}
    assert polled == {(action, resolved(queue, PHYSICAL)) for action in POLLER for queue in sources}
    logged = {(each.action, each.resource) for each in permissions if each.action in LOGS}
    assert logged == {(action, f"a-{group}.Arn") for action in LOGS}


@pytest.mark.parametrize("function", sorted(functions()))
def test_tracing_is_allowed_where_it_is_asked_for_and_only_there(function: str) -> None:
    """X-Ray knows no resources to allow it for. Lambda deploys no traced function whose role may not do this."""
    without, traced = (granted(function, Tracing=mode) for mode in ("PassThrough", "Active"))

    assert set(traced) - set(without) == {Permission(action, "*") for action in TRACING}
    assert functions()[function]["Tracing"] == {"Ref": "Tracing"}


def test_the_fan_out_reads_the_parameter_that_holds_the_routes_where_there_is_one_and_nobody_else_does() -> None:
    for function in functions():
        more = set(granted(function, RoutesParameter="/a")) - set(granted(function))
        arn = resolved({"Fn::Sub": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter"}, PHYSICAL)
        assert more == ({Permission("ssm:GetParameter", arn)} if function == "FanoutFunction" else set())


@pytest.mark.parametrize("function", sorted(functions()))
def test_the_key_is_used_by_whom_it_concerns_through_the_services_that_they_call(function: str) -> None:
    without, given = (policy_of(function, KmsKeyArn=key) for key in ("", "a-key"))
    done = {action for statement in without for action in listed(statement["Action"])} - LOGS - POLLER
    done |= {"sqs:ReceiveMessage"} if functions()[function]["Events"].get("Queue") else set()
    [added] = [statement for statement in given if statement not in without]

    assert set(listed(added["Action"])) == set().union(*(KEY[action] for action in done))
    assert added["Resource"] == {"Ref": "KmsKeyArn"}
    via = {each["Fn::Sub"].partition(".")[0] for each in listed(added["Condition"]["StringLike"]["kms:ViaService"])}
    assert via >= {action.partition(":")[0] for action in done}


def test_a_function_has_its_own_role_and_no_other_policy() -> None:
    roles = [functions()[name]["Role"]["Fn::GetAtt"].removesuffix(".Arn") for name in functions()]
    assert sorted(roles) == sorted(set(resources("AWS::IAM::Role")))
    for name in roles:
        properties = template()["Resources"][name]["Properties"]
        assert set(properties) == {"AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns"}
        assert not decided(properties["ManagedPolicyArns"]), "by default what is in the role, and nothing else"
        [statement] = properties["AssumeRolePolicyDocument"]["Statement"]
        assert (statement["Principal"], statement["Action"]) == ({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
    for statement in (statement for name in functions() for statement in policy_of(name)):
        assert set(statement) == {"Effect", "Action", "Resource"}, "a condition is not compared here"
        assert statement["Effect"] == "Allow"
