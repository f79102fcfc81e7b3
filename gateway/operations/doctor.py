"""Looks over an installation: what needs doing, and how it is done."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway.backfill import backfills
from gateway.errors import NeedsRepository
from gateway.local.status import waiting_in
from gateway.operations.deployed import resources_of
from gateway.operations.findings import Finding, Level
from gateway.operations.installation import Installation
from gateway.operations.secrets_store import SecretsStore
from gateway.operations.subscriptions import subscriptions
from gateway.operations.trials import documents

_SILENT_AFTER = timedelta(days=14)
_THROTTLED_WITHIN = timedelta(days=1)
_AT_ONCE = 8
_MAKES_A_VERSION = ("CodeSha256", "Environment", "Layers", "MemorySize", "Runtime", "Timeout", "TracingConfig")


Check = Callable[[Installation], Iterator[Finding]]


def examine(installation: Installation) -> list[Finding]:
    """Make every check; one that can't be made is something to do, too."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [finding for found in pool.map(lambda check: _made(check, installation), CHECKS) for finding in found]


def _made(check: Check, installation: Installation) -> list[Finding]:
    what = check.__name__.strip("_").replace("_", " ")
    try:
        return list(check(installation))
    except NeedsRepository as error:
        return [Finding(Level.NOTE, what, "not looked at", str(error))]
    except (BotoCoreError, ClientError) as error:
        return [Finding(Level.TODO, what, f"could not be looked at: {error}", "give this user the permission")]


def _secrets(installation: Installation) -> Iterator[Finding]:
    for provider in installation.providers:
        checked = SecretsStore(installation, provider).check()
        what = f"secrets of {provider}"
        wrong = "; ".join(checked.faults + checked.warnings)
        if checked.faults:
            yield Finding(Level.TODO, what, wrong, f"{checked.remedy}; until then requests get 503 and come again")
        elif checked.warnings:
            yield Finding(Level.TODO, what, wrong, checked.remedy)
        elif checked.rotating and not installation.local:
            how = f"old and new ({', '.join(checked.rotating)}) are both in force"
            yield Finding(Level.NOTE, what, how, f"once the portal has the new one: gateway secrets retire {provider}")
        else:
            yield Finding(Level.OK, what, ", ".join(checked.in_force) or "none, only from source_ips")


def _documents(installation: Installation) -> Iterator[Finding]:
    for provider, fault in documents(installation):
        what = f"document of {provider}"
        advice = "put a right one there: functions/webhook/README.md; without any, requests get 503 and come again"
        yield Finding(Level.TODO, what, fault, advice) if fault else Finding(Level.OK, what, "in force")


def _queues(installation: Installation) -> Iterator[Finding]:
    for queue, number in waiting_in(installation).items():
        what = queue.replace("_", " ")
        if not queue.endswith("dead_letters"):
            yield Finding(Level.OK, what, f"{number} waiting")
        elif number:
            source = queue.removesuffix("dead_letters").replace("_", "-").strip("-")
            words = f" --queue {source}" if source else ""
            advice = f"mend the cause (the log names it), then gateway dlq redrive{words} --execute"
            yield Finding(Level.TODO, what, f"{number} given up", advice)
        else:
            yield Finding(Level.OK, what, "empty")


def _quarantine(installation: Installation) -> Iterator[Finding]:
    objects = installation.client("s3").get_paginator("list_objects_v2")
    pages = objects.paginate(Bucket=installation.deployed.quarantine_bucket)
    number = sum(item["Key"].endswith("/record.json") for page in pages for item in page.get("Contents", []))
    if number:
        advice = "gateway quarantine list says why; after the fix: gateway quarantine replay --execute"
        yield Finding(Level.TODO, "quarantine", f"{number} kept", advice)
    else:
        yield Finding(Level.OK, "quarantine", "empty")


def alarms_ringing(installation: Installation) -> tuple[list[Any], int]:
    """Return the alarms of an installation that ring, as CloudWatch describes them, and how many alarms it has."""
    resources = resources_of(installation.client("cloudformation"), installation.name)
    ours = {it.get("PhysicalResourceId") for it in resources if it["ResourceType"] == "AWS::CloudWatch::Alarm"}
    pages = installation.client("cloudwatch").get_paginator("describe_alarms")
    found = [
        alarm
        for page in pages.paginate(AlarmNamePrefix=f"{installation.name}-", AlarmTypes=["MetricAlarm"])
        for alarm in page["MetricAlarms"]
        if alarm["AlarmName"] in ours  # and not of a stack whose name begins like that
    ]
    return [it for it in found if it["StateValue"] == "ALARM" and it.get("ActionsEnabled", True)], len(found)


def _alarms(installation: Installation) -> Iterator[Finding]:
    ringing, number = alarms_ringing(installation)
    for alarm in ringing:
        since = alarm["StateUpdatedTimestamp"].astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
        yield Finding(Level.TODO, alarm["AlarmName"], f"in alarm since {since}", alarm.get("AlarmDescription", ""))
    if not ringing:
        yield Finding(Level.OK, "alarms", f"{number}, none in alarm")


def _versions(installation: Installation) -> Iterator[Finding]:
    lambda_ = installation.client("lambda")
    well = True
    for name, qualified in installation.deployed.in_force.items():
        function, _, alias = qualified.partition(":")
        if not alias:
            return  # not deployed gradually: a function is what it is
        moving = lambda_.get_alias(FunctionName=function, Name=alias).get("RoutingConfig", {})
        if weights := moving.get("AdditionalVersionWeights"):
            well = False
            shares = ", ".join(f"{share:.0%} at version {version}" for version, share in weights.items())
            yield Finding(Level.NOTE, f"version of {name}", f"a deployment is under way: {shares}")
        elif _made_of(lambda_, function) != _made_of(lambda_, qualified):
            well = False
            advice = "make deploy, without GRADUALLY, puts it in force at once: docs/deploying.md#gradually"
            yield Finding(Level.TODO, f"version of {name}", "what was deployed last is not in force", advice)
    if well:
        yield Finding(Level.OK, "versions", "what was deployed last is in force")


def _made_of(lambda_: Any, function: str) -> dict[str, Any]:
    found = lambda_.get_function_configuration(FunctionName=function)
    return {name: found.get(name) for name in _MAKES_A_VERSION}


def mappings_of(installation: Installation) -> list[Any]:
    """Return the event sources of the fan-out."""
    function = installation.deployed.in_force["fanout"]
    found: list[Any] = installation.client("lambda").list_event_source_mappings(FunctionName=function)[
        "EventSourceMappings"
    ]
    return found


def _event_source(installation: Installation) -> Iterator[Finding]:
    """Look at what takes the events out of the queue. CloudFormation isn't documented to take pollers away again."""
    mappings = mappings_of(installation)
    what, provisioned = "event source of the fan-out", installation.parameters.get("FanoutMinimumPollers", "0") != "0"
    well = bool(mappings)
    if not mappings:
        yield Finding(Level.TODO, what, "there is none: nothing is published", "deploy again")
    for it in mappings:
        if it["State"] not in {"Enabled", "Enabling", "Creating", "Updating"}:
            well = False
            advice = f"aws lambda update-event-source-mapping --enabled --uuid {it['UUID']}"
            yield Finding(Level.TODO, what, f"{it['State']}: nothing is published", advice)
        if it.get("ProvisionedPollerConfig") and not provisioned:
            well = False
            advice = f"aws lambda update-event-source-mapping --provisioned-poller-config {{}} --uuid {it['UUID']}"
            yield Finding(
                Level.TODO, what, "has pollers still, $6.75 a month each, without FanoutMinimumPollers", advice
            )
    if well:
        yield Finding(Level.OK, what, "enabled")


def last_hours(installation: Installation) -> dict[str, datetime | None]:
    """Return the latest hour in which each provider brought something, by CloudWatch, which takes a few minutes."""
    names = ("provider", "service")
    metrics = {
        provider: ("InboundSms", "Accepted", dict(zip(names, (provider, installation.name), strict=True)))
        for provider in installation.providers
    }
    return _hours_with_something(installation, metrics, _SILENT_AFTER)


def _last_messages(installation: Installation) -> Iterator[Finding]:
    hours = last_hours(installation)
    for provider in installation.providers:
        what = f"last message of {provider}"
        last = _last_logged(installation, provider) if installation.local else hours[provider]
        if last:
            yield Finding(Level.OK, what, last.strftime("%Y-%m-%dT%H:%MZ"))
        else:
            advice = (
                "text one of its numbers; where that doesn't arrive: is the URL in its portal that of gateway urls?"
            )
            if provider in backfills():
                advice += f" What it gave up meanwhile: gateway backfill {provider} --since 2d"
            yield Finding(Level.NOTE, what, f"none for {_SILENT_AFTER.days} days", advice)


def _last_logged(installation: Installation, provider: str) -> datetime | None:
    """Return the latest that the provider's function took in, by the log: the local engine makes no metrics of logs."""
    name = installation.deployed.functions[provider]
    group = installation.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
    pages = installation.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=group, filterPattern='"Accepted"')
    events = [event for page in found for event in page["events"]]
    times = [event["timestamp"] for event in events if f'"{provider}"' in event["message"]]  # all webhooks share it
    return datetime.fromtimestamp(max(times) / 1_000, UTC) if times else None


def _throttles(installation: Installation) -> Iterator[Finding]:
    table = installation.deployed.table
    functions = installation.deployed.functions.items()
    metrics = {name: ("AWS/Lambda", "Throttles", {"FunctionName": function}) for name, function in functions}
    metrics["table of claims"] = ("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": table})
    throttled = {name: at for name, at in _hours_with_something(installation, metrics, _THROTTLED_WITHIN).items() if at}
    for name, at in throttled.items():
        advice = "nothing is lost; raise the quota: docs/operating.md#throttling"
        yield Finding(Level.TODO, f"throttling of {name}", f"last in the hour of {at:%Y-%m-%dT%H:%MZ}", advice)
    if not throttled:
        yield Finding(Level.OK, "throttling", "none for a day")


def _hours_with_something(
    installation: Installation, metrics: dict[str, tuple[str, str, dict[str, str]]], within: timedelta
) -> dict[str, datetime | None]:
    """Return for each metric the latest hour in which it counted anything."""
    ids = {f"m{at}": name for at, name in enumerate(metrics)}
    queries = [
        {"Id": query, "MetricStat": {"Metric": _metric(*metrics[name]), "Period": 3_600, "Stat": "Sum"}}
        for query, name in ids.items()
    ]
    now = datetime.now(UTC)
    pages = installation.client("cloudwatch").get_paginator("get_metric_data")
    latest: dict[str, datetime | None] = dict.fromkeys(metrics)
    for page in pages.paginate(MetricDataQueries=queries, StartTime=now - within, EndTime=now):
        for result in page["MetricDataResults"]:
            hours = [at for at, value in zip(result["Timestamps"], result["Values"], strict=True) if value]
            known = [at for at in (*hours, latest[ids[result["Id"]]]) if at]
            latest[ids[result["Id"]]] = max(known, default=None)
    return latest


def _metric(namespace: str, name: str, dimensions: dict[str, str]) -> dict[str, Any]:
    values = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": values}


CHECKS: tuple[Check, ...] = (
    _secrets, _documents, subscriptions, _queues, _quarantine, _alarms, _versions, _event_source, _last_messages,
    _throttles,
)  # fmt: skip
