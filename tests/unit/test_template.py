"""Facts of template.yaml that the code depends on, or that promises depend on."""

import importlib
import json
import logging
import re
from unittest.mock import Mock

import pytest

from aws_client.service import PUBLISH, STANDARD
from inbound_sms.auth.secret_store import PATIENCE_SECONDS
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.settings import Environment, WebhookSettings
from tests.support.providers import registered
from tests.support.template import decided, default, functions, listed, resolved, resources, statements, template

OF_LIBRARIES = {
    "GATEWAY_VERSION", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "PYDANTIC_DISABLE_PLUGINS",
    "COLLECT_GARBAGE_DURING_INIT",
}  # fmt: skip


# ---- The table of claims -------------------------------------------------------------------------------------


def test_the_table_has_the_key_and_the_time_to_live_that_the_code_writes() -> None:
    table = Mock()
    ClaimsTable(table, "claims", 7 * 86_400, 15).claim("acme/1", "A", "x")
    written = table.put_item.call_args.kwargs["Item"]
    properties = resources("AWS::DynamoDB::Table")["ClaimsTable"]["Properties"]

    [key], [attribute] = properties["KeySchema"], properties["AttributeDefinitions"]
    assert (key["KeyType"], key["AttributeName"]) == ("HASH", attribute["AttributeName"])
    assert written[key["AttributeName"]] == {attribute["AttributeType"]: "acme/1"}
    assert properties["TimeToLiveSpecification"]["Enabled"] is True
    [(type_, expires)] = written[properties["TimeToLiveSpecification"]["AttributeName"]].items()
    assert type_ == "N"
    assert int(expires) > 7 * 86_400


# ---- Times that belong together ------------------------------------------------------------------------------


def test_the_function_that_took_a_message_is_long_dead_when_sqs_brings_it_back() -> None:
    parameters, fanout = template()["Parameters"], functions()["FanoutFunction"]
    queue = resources("AWS::SQS::Queue")["EventsQueue"]["Properties"]

    assert fanout["Timeout"] == fanout["Environment"]["FUNCTION_TIMEOUT_SECONDS"] == {"Ref": "FanoutTimeoutSeconds"}
    assert queue["VisibilityTimeout"] == {"Ref": "VisibilityTimeoutSeconds"}
    for bound in ("Default", "MinValue"):
        assert parameters["FanoutTimeoutSeconds"][bound] < parameters["VisibilityTimeoutSeconds"][bound] / 6


def longest_call() -> float:
    """How long a call to AWS can take: its attempts, and a pause of at most a second between them."""
    return max((each.connect + each.response) * each.attempts + (each.attempts - 1) for each in (STANDARD, PUBLISH))


def test_no_call_to_aws_outlasts_its_function() -> None:
    assert longest_call() < default("FanoutTimeoutSeconds") / 2, "the fan-out begins a call in the first half only"
    timeouts = {each["Timeout"] for each in functions().values() if "Webhook" in each["Events"]}
    secret = max(longest_call(), PATIENCE_SECONDS + 1 + longest_call())  # a throttled call, a pause, another one
    assert all(secret + 2 * longest_call() < each < 30 for each in timeouts), "a body, a record; API Gateway: 30 s"


def test_dead_letters_live_longer_than_the_queue_and_its_messages_end_there() -> None:
    """SQS counts a dead letter's age from when it was first queued."""
    queues = {name: queue["Properties"] for name, queue in resources("AWS::SQS::Queue").items()}
    waits = queues["EventsQueue"]["MessageRetentionPeriod"]

    assert queues["EventsQueue"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": "DeadLetters.Arn"}, "maxReceiveCount": {"Ref": "MaxReceives"},
    }  # fmt: skip
    assert queues["DeadLetters"]["MessageRetentionPeriod"] > waits
    assert default("ClaimRetentionDays") * 86_400 >= waits


def test_no_signature_is_accepted_for_longer_than_its_event_is_remembered_less_a_day() -> None:
    """A function of a provider whose setting is too long for the retention doesn't start (see test_settings)."""
    shortest = template()["Parameters"]["ClaimRetentionDays"]["MinValue"]
    settings = WebhookSettings.model_construct(provider_settings="", claim_retention_days=shortest)
    for provider in (entry.provider for entry in registered() if entry.provider.settings):
        settings.settings_of_provider(provider.settings, provider.name)
    given = [each["Environment"] for each in functions().values() if "PROVIDER_PARAMETER" in each["Environment"]]
    assert all(each["CLAIM_RETENTION_DAYS"] == {"Ref": "ClaimRetentionDays"} for each in given)


def test_of_a_batch_only_what_failed_comes_back() -> None:
    events = [event for each in functions().values() for event in each["Events"].values()]
    sources = [event["Properties"] for event in events if event["Type"] == "SQS"]
    [fanout] = [each for each in sources if each["Queue"] == {"Fn::GetAtt": "EventsQueue.Arn"}]

    assert all(each["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for each in sources)
    assert fanout["BatchSize"] == {"Ref": "FanoutBatchSize"}
    assert default("FanoutBatchSize") <= 10, "so many calls are made side by side"


# ---- What is set ---------------------------------------------------------------------------------------------


def settings_of(function: str) -> list[type[Environment]]:
    """Return the models of the environment that a handler's module has of its own, or what every webhook reads."""
    module = importlib.import_module(functions()[function]["Handler"].partition(".")[0])
    models = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Environment)]
    return [each for each in models if each.__module__ == module.__name__] or [WebhookSettings]


def test_the_environment_is_what_the_functions_read() -> None:
    models = {name: model for name in functions() for model in settings_of(name)}
    known = {field.upper() for model in models.values() for field in model.model_fields} | OF_LIBRARIES
    for name, model in models.items():
        environment = functions()[name]["Environment"]
        model.model_validate({variable: str(resolved(value)) for variable, value in environment.items()})
        assert environment.keys() <= known, "a variable that nothing reads is probably misspelt"


def test_the_longest_routes_fit_beside_everything_else_that_lambda_counts() -> None:
    """4 KB for names and values as JSON (Lambda's docs, "Lambda quotas"), where each quote in a value counts twice."""
    name = "inbound-sms-production-eu"
    arn = f"arn:aws:sqs:eu-central-1:123456789012:{name}"
    long = {each: f"{arn}-{each}-1ABCDEFGHIJKL" for each in template()["Resources"]}
    limit, entry = template()["Parameters"]["Routes"]["MaxLength"], '"+4534735477":"support",'
    written = functions()["FanoutFunction"]["Environment"]
    environment = {key: str(resolved(value, long)) for key, value in written.items()}
    environment |= {"POWERTOOLS_SERVICE_NAME": name, "ROUTES": "{" + (entry * (limit // len(entry)))[:-1] + "}"}
    assert len(json.dumps(environment, ensure_ascii=False).encode()) <= 4_096


KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


@pytest.mark.parametrize(
    ("parameter", "taken", "refused"),
    [
        ("KmsKeyArn", ["", KEY], ["alias/ours", KEY.replace("key/", "alias/")]),  # which no policy could name
        (
            "ClaimsWarmWrites",
            ["0", "4000", "80000", "1000000"],
            ["1", "3999", "9999999"],
        ),  # a table has 4,000 by itself
    ],
)
def test_a_parameter_takes_what_can_be_meant(parameter: str, taken: list[str], refused: list[str]) -> None:
    pattern = re.compile(template()["Parameters"][parameter]["AllowedPattern"])
    assert [value for value in taken + refused if pattern.fullmatch(value)] == taken


# ---- What nobody may read, and nobody may do -----------------------------------------------------------------


def test_no_permission_is_wider_than_a_call_and_a_thing() -> None:
    given = statements(Tracing="Active", KmsKeyArn="a-key")
    allowed = [(name, statement) for name, statement in given if statement["Effect"] == "Allow"]
    assert {name for name, _ in allowed} >= {each["Role"]["Fn::GetAtt"][:-4] for each in functions().values()}
    for name, statement in allowed:
        assert not statement.keys() & {"NotAction", "NotResource"}, name
        assert not [action for action in listed(statement["Action"]) if "*" in action], name
        if "Resource" in statement:
            assert "*" not in listed(statement["Resource"]) or name == "TracePolicy", "X-Ray knows no resources"
        else:
            assert statement["Action"] == "sts:AssumeRole", name


def test_the_access_log_holds_no_path_and_every_log_ends() -> None:
    """Its group is one of AWS's, or each stack would add a line to the account's one resource policy, which ends at
    5,120 characters (CloudWatch Logs, "Enabling logging from AWS services").
    """
    [api] = resources("AWS::Serverless::HttpApi").values()
    log, groups = api["Properties"]["AccessLogSettings"], resources("AWS::Logs::LogGroup")

    assert "$context.routeKey" in log["Format"]
    for variable in ("path", "resourcePath", "rawPath", "authorizer", "requestOverride"):
        assert f"$context.{variable}" not in log["Format"]
    assert log["DestinationArn"] == {"Fn::GetAtt": "AccessLogs.Arn"}
    assert groups["AccessLogs"]["Properties"]["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/")
    assert {each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions().values()} <= groups.keys()
    assert {str(group["Properties"]["RetentionInDays"]) for group in groups.values()} == {"{'Ref': 'LogRetentionDays'}"}


def test_no_log_level_holds_back_the_counts() -> None:
    """They are lines without a level, which Lambda takes for INFO (its docs, "Log-level filtering"). Nor does it hold
    back what the functions log.
    """
    for level in template()["Parameters"]["LogLevel"]["AllowedValues"]:
        passes = decided(template()["Globals"]["Function"]["LoggingConfig"]["ApplicationLogLevel"], LogLevel=level)
        assert logging.getLevelName(passes) <= min(logging.INFO, logging.getLevelName(level))


def test_no_setting_names_a_route_that_can_go() -> None:
    """API Gateway refuses a stage whose RouteSettings name a route that isn't there, and with it the whole update:
    github.com/aws/serverless-application-model/issues/1939.
    """
    [api] = resources("AWS::Serverless::HttpApi").values()
    events = [event["Properties"] for each in functions().values() for event in each["Events"].values()]
    assert "RouteSettings" not in api["Properties"]
    assert not any("RouteSettings" in each for each in events)
