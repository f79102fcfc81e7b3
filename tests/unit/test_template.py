"""Facts of template.yaml that the code depends on, or that promises depend on."""

import importlib
import json
import logging
import re
from pathlib import Path
from unittest.mock import Mock

import pytest

from aws_client.service import PUBLISH, STANDARD
from inbound_sms.auth.secret_store import PATIENCE_SECONDS
from inbound_sms.publishing.deduplication import ClaimsTable
from inbound_sms.settings import Environment, WebhookSettings
from tests.support.providers import ROOT, registered
from tests.support.template import decided, default, functions, listed, resolved, resources, statements, template

OF_LIBRARIES = {
    "GATEWAY_VERSION", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL", "PYDANTIC_DISABLE_PLUGINS",
    "COLLECT_GARBAGE_DURING_INIT",
}  # fmt: skip
FUNCTIONS = pytest.mark.parametrize("name", sorted(functions()))


# ---- The table of claims -------------------------------------------------------------------------------------


def test_the_table_has_the_key_and_the_time_to_live_that_the_code_writes() -> None:
    table = Mock()
    claims = ClaimsTable(table, "claims", 7 * 86_400, 15)
    claims.claim("acme/1", "A", "x")
    claims.complete("acme/1", "A", "sns-1")
    put, updated = table.put_item.call_args.kwargs["Item"], table.update_item.call_args.kwargs["Key"]
    properties = resources("AWS::DynamoDB::Table")["ClaimsTable"]["Properties"]

    [key] = properties["KeySchema"]
    assert (key["KeyType"], key["AttributeName"]) == ("HASH", "id")
    assert properties["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]
    assert put["id"] == {"S": "acme/1"}
    assert updated == {"id": {"S": "acme/1"}}
    assert properties["TimeToLiveSpecification"]["Enabled"] is True
    ttl = put[properties["TimeToLiveSpecification"]["AttributeName"]]
    assert list(ttl) == ["N"]
    assert int(ttl["N"]) > 7 * 86_400


# ---- Times that belong together ------------------------------------------------------------------------------


def test_the_function_that_took_a_message_is_long_dead_when_sqs_brings_it_back() -> None:
    parameters = template()["Parameters"]
    for bound in ("Default", "MinValue"):
        timeout = parameters["FanoutTimeoutSeconds"][bound]
        assert timeout < parameters["VisibilityTimeoutSeconds"][bound] / 6
    assert functions()["FanoutFunction"]["Timeout"] == {"Ref": "FanoutTimeoutSeconds"}
    assert functions()["FanoutFunction"]["Environment"]["FUNCTION_TIMEOUT_SECONDS"] == {"Ref": "FanoutTimeoutSeconds"}
    assert resources("AWS::SQS::Queue")["EventsQueue"]["Properties"]["VisibilityTimeout"] == {
        "Ref": "VisibilityTimeoutSeconds"
    }


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
    redrive = queues["EventsQueue"]["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": "DeadLetters.Arn"}
    assert redrive["maxReceiveCount"] == {"Ref": "MaxReceives"}
    assert queues["DeadLetters"]["MessageRetentionPeriod"] > queues["EventsQueue"]["MessageRetentionPeriod"]
    assert default("ClaimRetentionDays") * 86_400 >= queues["EventsQueue"]["MessageRetentionPeriod"]


def test_no_signature_is_accepted_for_longer_than_its_event_is_remembered_less_a_day() -> None:
    """A function of a provider whose setting is too long for the retention doesn't start (see test_settings)."""
    shortest = template()["Parameters"]["ClaimRetentionDays"]["MinValue"]
    for entry in registered():
        if entry.provider.settings:
            WebhookSettings.model_construct(provider_settings="", claim_retention_days=shortest).settings_of_provider(
                entry.provider.settings, entry.provider.name
            )
    for function in functions().values():
        if "PROVIDER_PARAMETER" in function["Environment"]:
            assert function["Environment"]["CLAIM_RETENTION_DAYS"] == {"Ref": "ClaimRetentionDays"}


def test_the_fan_out_reports_what_failed_and_takes_no_more_than_it_does_side_by_side() -> None:
    [event] = functions()["FanoutFunction"]["Events"].values()
    assert event["Type"] == "SQS"
    assert event["Properties"]["Queue"] == {"Fn::GetAtt": "EventsQueue.Arn"}
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["Properties"]["BatchSize"] == {"Ref": "FanoutBatchSize"}
    assert default("FanoutBatchSize") <= 10


# ---- The functions -------------------------------------------------------------------------------------------


def settings_of(function: str) -> list[type[Environment]]:
    """Return the models of the environment that a handler's module has of its own, or what every webhook reads."""
    module = importlib.import_module(functions()[function]["Handler"].partition(".")[0])
    models = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Environment)]
    return [each for each in models if each.__module__ == module.__name__] or [WebhookSettings]


@FUNCTIONS
def test_the_environment_is_what_the_function_reads(name: str) -> None:
    [settings] = settings_of(name)
    environment = functions()[name]["Environment"]
    known = {field.upper() for each in functions() for model in settings_of(each) for field in model.model_fields}

    settings.model_validate({variable: str(resolved(value)) for variable, value in environment.items()})
    misspelt = set(environment) - known - OF_LIBRARIES
    assert not misspelt, "a variable that nothing reads is probably misspelt"


@FUNCTIONS
def test_the_handler_can_be_imported_with_the_layer_of_the_shared_package(name: str) -> None:
    properties = functions()[name]
    module, _, attribute = properties["Handler"].partition(".")
    imported = importlib.import_module(module)
    [(layer, resource)] = resources("AWS::Serverless::LayerVersion").items()

    assert callable(getattr(imported, attribute))
    assert Path(imported.__file__ or "").parent == ROOT / properties["CodeUri"]
    assert properties["Layers"] == [{"Ref": layer}]
    assert (ROOT / resource["Properties"]["ContentUri"] / "inbound_sms" / "__init__.py").is_file()


# ---- What nobody may read, and nobody may do -----------------------------------------------------------------


def test_no_permission_is_wider_than_a_call_and_a_thing() -> None:
    given = statements(Tracing="Active", KmsKeyArn="a-key")
    allowed = [(name, statement) for name, statement in given if statement["Effect"] == "Allow"]
    assert {name for name, _ in allowed} >= {each["Role"]["Fn::GetAtt"][:-4] for each in functions().values()}
    for name, statement in allowed:
        assert "NotAction" not in statement, name
        assert "NotResource" not in statement, name
        assert not [action for action in listed(statement["Action"]) if "*" in action], name
        if "Resource" in statement:
            assert "*" not in listed(statement["Resource"]) or name == "TracePolicy", "X-Ray knows no resources"
        else:
            assert statement["Action"] == "sts:AssumeRole", name


def test_the_access_log_holds_no_path_and_every_log_ends() -> None:
    for api in resources("AWS::Serverless::HttpApi").values():
        format_ = api["Properties"]["AccessLogSettings"]["Format"]
        assert "$context.routeKey" in format_
        for variable in ("path", "resourcePath", "rawPath", "authorizer", "requestOverride"):
            assert f"$context.{variable}" not in format_
    assert {each["LoggingConfig"]["LogGroup"]["Ref"] for each in functions().values()} <= set(
        resources("AWS::Logs::LogGroup")
    )
    for name, group in resources("AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_no_log_level_holds_back_the_counts() -> None:
    """They are lines without a level, which Lambda takes for INFO (its docs, "Log-level filtering"). Nor does it hold
    back what the functions log.
    """
    for level in template()["Parameters"]["LogLevel"]["AllowedValues"]:
        passes = decided(template()["Globals"]["Function"]["LoggingConfig"]["ApplicationLogLevel"], LogLevel=level)
        assert logging.getLevelName(passes) <= min(logging.INFO, logging.getLevelName(level))


def test_access_logs_need_no_line_in_the_accounts_one_resource_policy() -> None:
    """It ends at 5,120 characters (CloudWatch Logs, "Enabling logging from AWS services")."""
    group = resources("AWS::Logs::LogGroup")["AccessLogs"]["Properties"]["LogGroupName"]
    assert group["Fn::Sub"].startswith("/aws/vendedlogs/")
    [api] = resources("AWS::Serverless::HttpApi").values()
    assert api["Properties"]["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": "AccessLogs.Arn"}


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


def test_no_setting_names_a_route_that_can_go() -> None:
    """API Gateway refuses a stage whose RouteSettings name a route that isn't there, and with it the whole update:
    github.com/aws/serverless-application-model/issues/1939. The token endpoint's route has no condition.
    """
    [api] = resources("AWS::Serverless::HttpApi").values()
    events = [event["Properties"] for each in functions().values() for event in each["Events"].values()]
    assert "RouteSettings" not in api["Properties"]
    assert not any("RouteSettings" in each for each in events)
    assert "Condition" not in template()["Resources"]["TokenFunction"]


def test_a_table_is_warmed_to_more_than_it_has_by_itself_or_not_at_all() -> None:
    pattern = re.compile(template()["Parameters"]["ClaimsWarmWrites"]["AllowedPattern"])
    taken = [given for given in ("0", "1", "3999", "4000", "80000", "1000000", "9999999") if pattern.fullmatch(given)]
    assert taken == ["0", "4000", "80000", "1000000"]
