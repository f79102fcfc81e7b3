"""A release: what a stranger deploys without a clone, from a bucket of his own.

    python -m gateway.release 1.2.0 dist              # or with the targets: python3.13-arm64 ...

writes into dist/inbound-sms-gateway-1.2.0/ the template, a folder for each runtime and processor, with an archive for
each function and the layer, a bill of materials (CycloneDX), notes, how to deploy it, and checksums of all of it.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from gateway import __version__
from gateway.errors import GatewayError
from gateway.paths import ROOT, TEMPLATE
from gateway.template import LOOP, Template, load, rows

Component = dict[str, Any]  # of the bill of materials

NAME = "inbound-sms-gateway"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # what an archive holds decides about its checksum, not when it was made
_PAGES = ("deploying.md", "deploying-role.json")  # of docs/: what whoever deploys wants at hand
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
            f"This is version {__version__}, by gateway/__init__.py and GATEWAY_VERSION in template.yaml"
        )
    folder = out / f"{NAME}-{version}"
    shutil.rmtree(folder, ignore_errors=True)
    artifacts = folder / "artifacts"
    artifacts.mkdir(parents=True)
    template = load(TEMPLATE)
    carried: dict[str, Component] = {}
    for target, layer in layers.items():
        (artifacts / target).mkdir()
        _zip(layer, artifacts / target / "layer.zip")
        carried |= _carried(layer / "python")
        for source, names in _sources(template).items():
            carried |= _zip_functions(source, [artifacts / target / f"{name}.zip" for name in names], target)
    packaged = packaged_template(template, version, layers)
    (folder / "template.yaml").write_text(_yaml(packaged), encoding="utf-8")
    (folder / "sbom.cdx.json").write_text(json.dumps(_materials(version, carried), indent=2) + "\n")
    for name in _PAGES:
        shutil.copy(ROOT / "docs" / name, folder)
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
    layer["Properties"]["ContentUri"] = _in_bucket("layer.zip")
    del layer["Metadata"]
    return made


def _in_bucket(name: str) -> dict[str, Any]:
    return {
        "Bucket": {"Ref": "ArtifactsBucket"},
        "Key": {"Fn::Sub": "${ArtifactsPrefix}${Runtime}-${Architecture}/" + name},
    }


def _is_layer(resource: Any) -> bool:
    return isinstance(resource, dict) and resource["Type"] == "AWS::Serverless::LayerVersion"


def _functions(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every function, those of the loop with its variable in their names."""
    for name, resource in template["Resources"].items():
        inside = resource[2].items() if name.startswith(LOOP) else [(name, resource)]
        for own, each in inside:
            if each["Type"] == "AWS::Serverless::Function":
                yield own, each


def _sources(template: Template) -> dict[Path, list[str]]:
    """Return each folder of code, with the names of the functions that it is of: several rows may share one."""
    found = defaultdict(list)
    for name, function in _functions(template):
        if isinstance(code := function["Properties"]["CodeUri"], str):
            found[ROOT / code].append(name)
        else:
            for row, cells in rows(template).items():
                found[ROOT / cells["Code"]].append(name.replace("${P}", row))
    return found


def _yaml(template: Template) -> str:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:  # CloudFormation's YAML knows no anchors
            return True

    return yaml.dump(template, Dumper=Plain, sort_keys=False, width=1_000, allow_unicode=True)


# ---- Archives --------------------------------------------------------------------------------------------------


def _zip_functions(source: Path, archives: list[Path], target: str) -> dict[str, Component]:
    """Write the archives of functions that share their code; return what they carry of others."""
    requirements, (runtime, architecture) = source / "requirements.txt", target.rpartition("-")[::2]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "code"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*_IGNORED))
        if requirements.exists():
            layer_build().install(runtime, architecture, copy, requirements)
        _zip(copy, archives[0])
        for other in archives[1:]:
            shutil.copy(archives[0], other)
        return _carried(copy)


def layer_build() -> Any:
    """Return the script that builds the layer, which `sam build` runs where there is nothing of ours beside it."""
    spec = importlib.util.spec_from_file_location("layer_build", ROOT / "shared" / "layer" / "build.py")
    if not spec or not spec.loader:
        raise GatewayError("shared/layer/build.py is missing")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


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


def _carried(folder: Path) -> dict[str, Component]:
    """Return the packages of others in a folder, by name."""
    found = {}
    for each in importlib.metadata.distributions(path=[str(folder)]):
        said = each.metadata.json
        name = str(said["name"]).lower().replace("_", "-")
        classified = [str(it).rpartition(" :: ")[2] for it in said.get("classifier", []) if "License ::" in it]
        licence = said.get("license_expression") or said.get("license") or next(iter(classified), "unknown")
        found[name] = {
            "type": "library",
            "name": name,
            "version": each.version,
            "purl": f"pkg:pypi/{name}@{each.version}",
            "licenses": [{"license": {"name": str(licence).splitlines()[0]}}],
        }
    return found


def _materials(version: str, carried: dict[str, Component]) -> dict[str, Any]:
    """Return the bill of materials, in CycloneDX."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": NAME, "version": version}},
        "components": [carried[name] for name in sorted(carried)],
    }


def _notes(version: str) -> str:
    """Return what the changelog says of a version, or of what is unreleased, and how it is deployed."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## \[|\Z)", changes, re.MULTILINE | re.DOTALL))
    said = sections.get(version) or sections.get("Unreleased", "")
    # The words in capitals are to be replaced, and must stay as they are.
    url = quote(f"https://BUCKET.s3.REGION.amazonaws.com/{NAME}-{version}/template.yaml", safe="")
    link = f"{_QUICK.format(region='REGION')}?stackName=inbound-sms-prod&templateURL={url}&param_ArtifactsBucket=BUCKET"
    return f"# {NAME} {version}\n\nTo deploy it: deploying.md. Quick-create link:\n\n    {link}\n\n{said.strip()}\n"


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
