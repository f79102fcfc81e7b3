"""A release deploys by its template and a bucket: without a clone, for the providers that are chosen."""

import hashlib
import json
from pathlib import Path

from gateway import __version__
from gateway.local import sam
from gateway.local.engine_gaps import deployable
from gateway.local.local_stack import LocalStack
from gateway.operations.deployed import Deployed, outputs_of
from gateway.paths import TEMPLATE
from gateway.release import packaged_template, release, targets
from gateway.template import load, rows
from tests.support.outside import Outside
from tests.support.stacks import IMPATIENT

NAME, BUCKET = "inbound-sms-released", "released"


def test_a_release_deploys_two_providers_and_its_functions_start(
    impatient_stack: LocalStack, impatient: Outside, tmp_path: Path
) -> None:
    boto = impatient.boto
    target = "-".join(sam.local_parameters().values())
    folder = release(__version__, tmp_path, {target: IMPATIENT / "built" / "this" / "SharedLayer"})
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    notes = (folder / "NOTES.md").read_text()
    assert all((folder / name).is_file() for name in ("deploying.md", "deploying-role.json")), notes
    boto("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for archive in (folder / "artifacts" / target).iterdir():
        boto("s3").upload_file(str(archive), BUCKET, f"{folder.name}/artifacts/{target}/{archive.name}")

    # A body may have 51,200 bytes, what is in a bucket a megabyte.
    boto("s3").upload_file(str(deployable(folder / "template.yaml")), BUCKET, f"{folder.name}/template.json")

    chosen = dict([*rows(load(TEMPLATE)).items()][:2])
    parameters = {"Providers": ",".join(chosen), "ArtifactsBucket": BUCKET, "Stage": "released"}
    boto("cloudformation").create_stack(  # as the console and the AWS CLI do: without SAM's
        StackName=NAME,
        TemplateURL=f"{impatient_stack.aws.endpoint}/{BUCKET}/{folder.name}/template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    boto("cloudformation").get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})

    outputs = outputs_of(boto("cloudformation"), NAME)
    deployed = Deployed(None, outputs)
    assert outputs["Version"] == __version__
    assert deployed.providers.keys() == {row["Name"] for row in chosen.values()}
    for name, function in deployed.functions.items():
        event = {"Records": []} if name == "fanout" else {"replay": {"key": f"{name}/gone"}}
        answer = json.loads(boto("lambda").invoke(FunctionName=function, Payload=json.dumps(event))["Payload"].read())
        assert answer.get("outcome") == "not_found" or answer == {"batchItemFailures": []}, name


def test_it_offers_what_it_has_archives_for_and_nothing_else() -> None:
    for layers in (targets(), ["python3.12-x86_64"]):
        made = packaged_template(load(TEMPLATE), "1", dict.fromkeys(layers, Path()))
        allowed = [made["Parameters"][name]["AllowedValues"] for name in ("Runtime", "Architecture")]
        assert {f"{runtime}-{architecture}" for runtime in allowed[0] for architecture in allowed[1]} == set(layers)
        assert made["Parameters"]["Runtime"]["Default"] in allowed[0]
    code = json.dumps(made["Resources"])
    assert "functions/" not in code.replace("functions/docs", "")
