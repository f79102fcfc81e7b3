"""What can be known before a deployment: who deploys where, what is installed, quotas, names, permissions."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gateway.operations.findings import Finding, Level
from gateway.paths import ROOT, SAM

_OLDEST_SAM = (1, 160)
_LEAST_CONCURRENCY = 100
_ROLE = ROOT / "docs" / "deploying-role.json"
_SIMULATED_AT_ONCE = 100
_THROUGHPUT = "/ssm/parameter-store/high-throughput-enabled"
_PUBLISHED = re.compile("messages published per second", re.IGNORECASE)
_HALF_DONE = re.compile("_IN_PROGRESS$|_FAILED$|^ROLLBACK_COMPLETE$")


@dataclass(frozen=True)
class Plan:
    """What is about to be deployed, and by whom."""

    stack: str
    runtime: str
    client: Callable[[str], Any]
    region: str | None


def plan(stack: str, runtime: str, profile: str | None, region: str | None) -> Plan:
    """Return a plan with the usual profile and region; raise what boto3 raises."""
    session: Any = boto3.Session(profile_name=profile, region_name=region)
    return Plan(stack, runtime, session.client, session.region_name)


def look_ahead(planned: Plan) -> list[Finding]:
    """Make every check; one that can't be made is a note."""
    if not planned.region:
        return [Finding(Level.TODO, "region", "none", "aws configure set region eu-west-1, or --region")]
    try:
        caller = planned.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return [Finding(Level.TODO, "credentials", f"none that AWS takes: {error}", "aws configure, or aws sso login")]
    found = [Finding(Level.OK, "credentials", f"{caller['Arn']} in {planned.region}")]
    for check in (_tools, _stack, _names, _concurrency, _parameter_store, _topics):
        try:
            found += check(planned)
        except (BotoCoreError, ClientError) as error:
            found.append(
                Finding(Level.NOTE, check.__name__.strip("_").replace("_", " "), f"could not be looked at: {error}")
            )
    return [*found, *_permissions(planned, caller["Arn"])]


def _tools(planned: Plan) -> Iterator[Finding]:
    sam = str(SAM) if SAM.exists() else shutil.which("sam")
    said = subprocess.run([sam, "--version"], capture_output=True, text=True, check=False).stdout if sam else ""
    number = re.search(r"(\d+)\.(\d+)", said)
    if number and (int(number[1]), int(number[2])) >= _OLDEST_SAM:
        yield Finding(Level.OK, "SAM CLI", said.strip())
    else:
        oldest = ".".join(map(str, _OLDEST_SAM))
        advice = f"make installs one ({oldest} or later); a release needs none: docs/deploying.md"
        yield Finding(Level.NOTE, "SAM CLI", said.strip() or "none", advice)
    if shutil.which(planned.runtime):
        yield Finding(Level.OK, "Python", f"{planned.runtime} is here")
    else:
        advice = f"install it, or set Runtime; a layer that is built without {planned.runtime} starts slowly"
        yield Finding(Level.NOTE, "Python", f"{planned.runtime} is not on PATH", advice)


def _stack(planned: Plan) -> Iterator[Finding]:
    try:
        [stack] = planned.client("cloudformation").describe_stacks(StackName=planned.stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        yield Finding(Level.OK, "stack", f"{planned.stack} is new")
        return
    if _HALF_DONE.search(stack["StackStatus"]) and stack["StackStatus"] != "UPDATE_ROLLBACK_COMPLETE":
        advice = "wait for it, or delete what was never made (ROLLBACK_COMPLETE)"
        yield Finding(Level.TODO, "stack", f"{planned.stack} is {stack['StackStatus']}", advice)
    else:
        yield Finding(Level.OK, "stack", f"{planned.stack} is there ({stack['StackStatus']}) and will be updated")


def _names(planned: Plan) -> Iterator[Finding]:
    """Look at the one name that the template gives, of the access log, and at the form of the stack's."""
    if not re.fullmatch(r"inbound-sms-[a-zA-Z0-9-]{1,50}", planned.stack):
        how = f"{planned.stack} doesn't begin with inbound-sms-"
        yield Finding(Level.NOTE, "names", how, "docs/deploying-role.json allows stacks that do; adapt it")
    name = f"/aws/vendedlogs/{planned.stack}/access"
    groups = planned.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    new = next(_stack(planned)).how.endswith("is new")
    if new and any(group["logGroupName"] == name for group in groups):
        advice = f"aws logs delete-log-group --log-group-name {name}"
        yield Finding(Level.TODO, "names", f"the log group {name} is taken: a new stack could not make it", advice)
    else:
        yield Finding(Level.OK, "names", "none is taken")


def _concurrency(planned: Plan) -> Iterator[Finding]:
    limits = planned.client("lambda").get_account_settings()["AccountLimit"]
    number = limits["UnreservedConcurrentExecutions"]
    if number < _LEAST_CONCURRENCY:
        advice = "a new account begins low: ask Service Quotas for 1,000 (Lambda, concurrent executions)"
        yield Finding(Level.TODO, "Lambda's concurrency", f"{number}: more are throttled", advice)
    else:
        yield Finding(Level.OK, "Lambda's concurrency", f"{number}")


def _parameter_store(planned: Plan) -> Iterator[Finding]:
    setting = planned.client("ssm").get_service_setting(SettingId=_THROUGHPUT)["ServiceSetting"]
    high = setting["SettingValue"] == "true"
    yield Finding(Level.OK, "Parameter Store", "10,000 reads/s" if high else "40 reads/s: docs/scale.md")


def _topics(planned: Plan) -> Iterator[Finding]:
    """Say how much SNS publishes: the account's own quota, or the region's default where nobody asked for another."""
    quotas = planned.client("service-quotas")
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        for page in quotas.get_paginator(operation).paginate(ServiceCode="sns"):
            for quota in page["Quotas"]:
                if _PUBLISHED.search(quota["QuotaName"]):
                    yield Finding(Level.OK, "SNS", f"{quota['Value']:,.0f} messages/s for the account: docs/scale.md")
                    return
    yield Finding(Level.NOTE, "SNS", "Service Quotas doesn't tell its rate", "docs/scale.md has the defaults")


def _permissions(planned: Plan, caller: str) -> Iterator[Finding]:
    """Ask IAM what whoever deploys may do of docs/deploying-role.json; of an assumed role, what the role may."""
    role = re.fullmatch(r"(arn:[^:]+):sts::(\d+):assumed-role/([^/]+)/.+", caller)
    principal = f"{role[1]}:iam::{role[2]}:role/{role[3]}" if role else caller
    statements = json.loads(_ROLE.read_text(encoding="utf-8"))["Statement"]
    wanted = sorted({action for each in statements for action in each["Action"]})
    denied = []
    try:
        for start in range(0, len(wanted), _SIMULATED_AT_ONCE):
            some = wanted[start : start + _SIMULATED_AT_ONCE]
            pages = planned.client("iam").get_paginator("simulate_principal_policy")
            for page in pages.paginate(PolicySourceArn=principal, ActionNames=some):
                results = page["EvaluationResults"]
                denied += [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
    except (BotoCoreError, ClientError) as error:
        yield Finding(Level.NOTE, "permissions", f"could not be simulated: {error}", "docs/deploying-role.json")
        return
    if denied:
        # A policy for some resources only is not allowed for any, which is what is asked here.
        how = f"{len(denied)} of {len(wanted)} are not allowed for every resource: {', '.join(denied[:5])} ..."
        yield Finding(Level.NOTE, "permissions", how, "compare with docs/deploying-role.json")
    else:
        yield Finding(Level.OK, "permissions", f"all {len(wanted)} of docs/deploying-role.json")
