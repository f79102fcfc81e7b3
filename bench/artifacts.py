"""What is measured: the artifacts that `sam build` makes of the two templates, and their size."""

import io
import subprocess
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from bench.function import PYTHON, Artifact
from bench.template import holds
from gateway.errors import GatewayError
from gateway.local import sam
from gateway.local.aws import LocalAws
from gateway.local.engine import free_port
from gateway.paths import LOCAL, ROOT, shown
from gateway.progress import Progress
from gateway.template import built_for, expanded

WORK = LOCAL / "bench"
RIVAL = ROOT / "bench" / "textbook" / "template.yaml"
_ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Subject:
    """One of the two that are compared: the function of one provider, and the consumer of the queue."""

    name: str
    webhook: Artifact
    consumer: Artifact


def build(progress: Progress) -> tuple[Path, Path]:
    """Build both; return the built templates, ours and the rival's."""
    sam.require_tools()
    _require_same_python()
    aws = LocalAws(f"http://127.0.0.1:{free_port()}")  # a build asks AWS nothing
    with sam.locked_build(progress):
        sam.build_changed(aws, progress)
        with progress("Building bench/textbook with sam build"):
            rival = sam.build(aws, RIVAL, WORK)
    return sam.BUILT_TEMPLATE, rival


def artifact(template: Path, function: str, aws_endpoint: str) -> Artifact:
    """Read a function of a built template."""
    built = yaml.safe_load(template.read_text())
    document = expanded(built, built_for(built))
    common = document["Globals"]["Function"]
    properties = {**common, **document["Resources"][function]["Properties"]}
    own = document["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
    variables = {**common["Environment"]["Variables"], **own}
    logging = {
        **common.get("LoggingConfig", {}),
        **document["Resources"][function]["Properties"].get("LoggingConfig", {}),
    }
    layers = (document["Resources"][layer["Ref"]]["Properties"]["ContentUri"] for layer in properties.get("Layers", ()))
    return Artifact(
        folder=template.parent / properties["CodeUri"],
        layers=tuple(template.parent / layer for layer in layers),
        handler=properties["Handler"],
        memory_mb=properties["MemorySize"],
        logging={name: resolved(value, document, aws_endpoint) for name, value in logging.items()},
        environment={name: resolved(value, document, aws_endpoint) for name, value in variables.items()},
    )


def resolved(value: Any, document: dict[str, Any], aws_endpoint: str) -> str:
    """Return what CloudFormation would make of a value: parameters at their defaults, resources by made-up names."""
    match value:
        case {"Ref": str(name)}:
            return _referred(name, document, aws_endpoint)
        case {"Fn::Sub": str(text)}:
            for name, parameter in document["Parameters"].items():
                text = text.replace("${" + name + "}", str(parameter.get("Default", "")))
            return text
        case {"Fn::If": [str(condition), then, otherwise]}:
            return resolved(then if _is_met(condition, document) else otherwise, document, aws_endpoint)
        case {"Fn::Join": [str(separator), {"Ref": str(name)}]}:  # a list parameter
            return separator.join(str(document["Parameters"][name]["Default"]).split(","))
        case dict():
            raise GatewayError(f"bench/artifacts.py can't resolve {value}")
    return str(value)


def _is_met(condition: str, document: dict[str, Any]) -> bool:
    defaults = {name: parameter.get("Default") for name, parameter in document["Parameters"].items()}
    return holds(document["Conditions"][condition], defaults)


def zipped_bytes(*folders: Path) -> int:
    """Return the size of what is deployed: each folder packed as a zip file, as SAM packs them."""
    return sum(_zipped(folder) for folder in folders)


def without(folder: Path, pattern: str) -> int:
    """Return the zipped size of a folder without those of its entries whose names match a pattern, `botocore*`."""
    return _zipped(folder, pattern)


def _zipped(folder: Path, left_out: str = "") -> int:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            within = path.relative_to(folder)
            if not fnmatch(within.parts[0], left_out):
                archive.write(path, within)
    return len(packed.getvalue())


def _referred(name: str, document: dict[str, Any], aws_endpoint: str) -> str:
    if name == "AWS::StackName":
        return "bench"
    if name in document["Parameters"]:
        return str(document["Parameters"][name]["Default"])
    match document["Resources"][name]["Type"]:
        case "AWS::SQS::Queue":
            return f"{aws_endpoint}/{_ACCOUNT}/{name}"
        case "AWS::SNS::Topic":
            return f"arn:aws:sns:us-east-1:{_ACCOUNT}:{name}"
    return name.lower()


def _require_same_python() -> None:
    if not PYTHON.exists():
        raise GatewayError(f"{shown(PYTHON)} is missing; `make bench` installs it")
    asked = "import sys; print('python%d.%d' % sys.version_info[:2])"
    version = subprocess.run([PYTHON, "-c", asked], check=True, capture_output=True, text=True, timeout=30).stdout
    if version.strip() != (built_for := sam.local_parameters()["Runtime"]):
        raise GatewayError(f".venv-bench has {version.strip()}, but the build is for {built_for}; `make clean bench`")
