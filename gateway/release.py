"""A release: what a stranger deploys without a clone, from a bucket of his own.

    python -m gateway.release 1.2.0 dist              # or with the targets: python3.13-arm64 ...

writes into dist/inbound-sms-gateway-1.2.0/ the template, an archive for each function and for the layer of each runtime
and processor, a bill of materials (CycloneDX), the notes of the version, and checksums of all of it.
"""

import hashlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from gateway import __version__
from gateway.errors import GatewayError
from gateway.paths import ROOT, TEMPLATE
from gateway.template import LOOP, Template, load, rows

NAME = "inbound-sms-gateway"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # what an archive holds decides about its checksum, not when it was made
_IGNORED = {"__pycache__", "requirements.txt"}
_QUICK = "https://console.aws.amazon.com/cloudformation/home?region={region}#/stacks/quickcreate"


def targets() -> list[str]:
    """Return every combination of runtime and processor that the template's parameters allow."""
    allowed = [load(TEMPLATE)["Parameters"][name]["AllowedValues"] for name in ("Runtime", "Architecture")]
    return [f"{runtime}-{architecture}" for runtime in allowed[0] for architecture in allowed[1]]


def release(version: str, out: Path, layers: Mapping[str, Path]) -> Path:
    """Write a release with these layers, by their targets; return its folder. Raises GatewayError."""
    if version != __version__:
        raise GatewayError(
            f"This is version {__version__}, by gateway/__init__.py and the output Version in template.yaml"
        )
    folder = out / f"{NAME}-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    artifacts = folder / "artifacts"
    artifacts.mkdir(parents=True)
    template = load(TEMPLATE)
    for name, source in _sources(template).items():
        _zip_function(source, artifacts / f"{name}.zip")
    for target, layer in layers.items():
        _zip(layer, artifacts / f"layer-{target}.zip")
    packaged = packaged_template(template, version, layers)
    (folder / "template.yaml").write_text(_yaml(packaged), encoding="utf-8")
    (folder / "sbom.cdx.json").write_text(json.dumps(_materials(version, layers), indent=2) + "\n")
    (folder / "NOTES.md").write_text(_notes(version), encoding="utf-8")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums))
    return folder


# ---- The template ----------------------------------------------------------------------------------------------


def packaged_template(template: Template, version: str, layers: Mapping[str, Path]) -> Template:
    """Return the template with its code in a bucket that parameters name, for the targets that there are layers of."""
    made: Template = json.loads(json.dumps(template))
    parts = [target.rpartition("-")[::2] for target in layers]
    parameters = made["Parameters"]
    for name, values in (("Runtime", [each[0] for each in parts]), ("Architecture", [each[1] for each in parts])):
        parameters[name]["AllowedValues"] = sorted(set(values))
        if parameters[name]["Default"] not in values:
            parameters[name]["Default"] = values[-1]
    made["Parameters"] = {
        "ArtifactsBucket": {
            "Type": "String",
            "Description": "Bucket in this region that holds the release's artifacts",
        },
        "ArtifactsPrefix": {
            "Type": "String",
            "Default": f"{NAME}-{version}/artifacts/",
            "Description": "Where in the bucket they are, with a slash at the end",
        },
        **parameters,
    }
    for name, resource in _functions(made):
        resource["Properties"]["CodeUri"] = _in_bucket(f"{name}.zip")
    [layer] = [each for each in made["Resources"].values() if _is_layer(each)]
    layer["Properties"]["ContentUri"] = _in_bucket("layer-${Runtime}-${Architecture}.zip")
    del layer["Metadata"]
    return made


def _in_bucket(name: str) -> dict[str, Any]:
    return {"Bucket": {"Ref": "ArtifactsBucket"}, "Key": {"Fn::Sub": "${ArtifactsPrefix}" + name}}


def _is_layer(resource: Any) -> bool:
    return isinstance(resource, dict) and resource["Type"] == "AWS::Serverless::LayerVersion"


def _functions(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every function, those of the loop with its variable in their names."""
    for name, resource in template["Resources"].items():
        inside = resource[2].items() if name.startswith(LOOP) else [(name, resource)]
        for own, each in inside:
            if each["Type"] == "AWS::Serverless::Function":
                yield own, each


def _sources(template: Template) -> dict[str, Path]:
    """Return the folder of each function's code, by its name: those of the loop for every row of the table."""
    found = {}
    for name, function in _functions(template):
        if isinstance(code := function["Properties"]["CodeUri"], str):
            found[name] = ROOT / code
        else:
            found |= {name.replace("${P}", row): ROOT / cells["Code"] for row, cells in rows(template).items()}
    return found


def _yaml(template: Template) -> str:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:  # CloudFormation's YAML knows no anchors
            return True

    return yaml.dump(template, Dumper=Plain, sort_keys=False, width=1_000, allow_unicode=True)


# ---- Archives --------------------------------------------------------------------------------------------------


def _zip_function(source: Path, archive: Path) -> None:
    requirements = source / "requirements.txt"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "code"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*_IGNORED))
        if requirements.exists():  # of no platform: what has compiled parts is in the layer
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
            wheels = ["--only-binary=:all:", "--no-deps", f"--target={copy}", f"--requirement={requirements}"]
            subprocess.run([*pip, *wheels], check=True, timeout=300)
        _zip(copy, archive)


def _zip(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            packed.writestr(entry, path.read_bytes())


def built_layer(target: str, folder: Path) -> Path:
    """Build the layer of a target, by the target's own Python where it is there; return its folder."""
    runtime, architecture = target.rpartition("-")[::2]
    found = shutil.which(runtime) or sys.executable
    fits = subprocess.run([found, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    python = found if fits else sys.executable
    build = str(ROOT / "shared" / "layer" / "build.py")
    subprocess.run([python, build, runtime, architecture, str(folder / "python")], check=True, timeout=900)
    return folder


# ---- What comes with it ----------------------------------------------------------------------------------------


def _materials(version: str, layers: Mapping[str, Path]) -> dict[str, Any]:
    """Return the bill of materials, in CycloneDX: what the layers carry of others, with licences."""
    found = {}
    for layer in layers.values():
        for each in importlib.metadata.distributions(path=[str(layer / "python")]):
            name = each.metadata["Name"].lower().replace("_", "-")
            said = each.metadata.json
            licence = str(said.get("license_expression") or said.get("license") or "unknown")
            found[name] = {
                "type": "library",
                "name": name,
                "version": each.version,
                "purl": f"pkg:pypi/{name}@{each.version}",
                "licenses": [{"license": {"name": licence.splitlines()[0]}}],
            }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": NAME, "version": version}},
        "components": [found[name] for name in sorted(found)],
    }


def _notes(version: str) -> str:
    """Return what the changelog says of a version, or of what is unreleased, and how it is deployed."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## \[|\Z)", changes, re.MULTILINE | re.DOTALL))
    said = sections.get(version) or sections.get("Unreleased", "")
    # The words in capitals are to be replaced, and must stay as they are.
    url = quote(f"https://BUCKET.s3.REGION.amazonaws.com/{NAME}-{version}/template.yaml", safe="")
    link = f"{_QUICK.format(region='REGION')}?stackName=inbound-sms-prod&templateURL={url}&param_ArtifactsBucket=BUCKET"
    return (
        f"# {NAME} {version}\n\nTo deploy it: docs/deploying.md. Quick-create link:\n\n    {link}\n\n{said.strip()}\n"
    )


def main(words: Sequence[str]) -> None:
    """Build every layer that is asked for, and write the release."""
    version, out, *chosen = words
    with tempfile.TemporaryDirectory() as folder:
        layers = {target: built_layer(target, Path(folder) / target) for target in chosen or targets()}
        print(release(version, Path(out), layers))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GatewayError as error:
        sys.exit(str(error))
