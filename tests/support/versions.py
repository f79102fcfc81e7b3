"""Versions of the gateway that can be deployed: this one, this one under another guise, and any that git knows."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from gateway.errors import GatewayError
from gateway.local import sam
from gateway.local.aws import LocalAws
from gateway.local.engine import HOST, free_port
from gateway.local.local_stack import prepare
from gateway.paths import ROOT
from gateway.progress import Progress, silent

_GIT_SECONDS = 60


@dataclass(frozen=True)
class Version:
    name: str
    template: Path
    parameters: Mapping[str, str] = field(default_factory=dict)


def this_version(work: Path, progress: Progress = silent, **parameters: str) -> Version:
    """Return what is in the working tree, built, in a folder of its own."""
    prepare(progress)
    with sam.locked_build(progress):  # another stack may build at any moment
        return Version("working tree", _copied(sam.BUILT_TEMPLATE, work / "this"), parameters)


def in_another_guise(version: Version, work: Path, **parameters: str) -> Version:
    """Return a version with one more file in each of its artifacts, so that an update replaces each."""
    template = _copied(version.template, work / "guise")
    for folder in template.parent.iterdir():
        if folder.is_dir():
            (folder / "guise.txt").write_text("nobody reads this\n")
    return replace(version, template=template, parameters={**version.parameters, **parameters})


def version_at(ref: str, work: Path, progress: Progress, **parameters: str) -> Version:
    """Return a version by its name in git, built; raises GatewayError where git doesn't have it."""
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").strip()
    tree = work / "versions" / commit
    if not tree.exists():
        unfinished = tree.with_suffix(".tmp")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _git("archive", f"--output={unfinished}.tar", commit)
        shutil.unpack_archive(f"{unfinished}.tar", unfinished, filter="data")
        Path(f"{unfinished}.tar").unlink()
        unfinished.rename(tree)
    with progress(f"Building {ref} ({commit[:10]})"):
        built = sam.build(LocalAws(f"http://{HOST}:{free_port()}"), tree / "template.yaml", work / "built" / commit)
    _call_functions_themselves(built)
    return Version(ref, built, parameters)


def _call_functions_themselves(built: Path) -> None:
    """Take the alias from a version whose template has it: what a run changes in a function is to be in force."""
    template = yaml.safe_load(built.read_text())
    for setting in ("AutoPublishAlias", "VersionDeletionPolicy", "DeploymentPreference"):
        template["Globals"]["Function"].pop(setting, None)
    template["Outputs"].pop("FunctionAlias", None)
    built.write_text(yaml.safe_dump(template, sort_keys=False))


def _copied(template: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template.parent, folder)
    return folder / template.name


def _git(*words: str) -> str:
    asked = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    if asked.returncode:
        said = asked.stderr.strip() or "git said nothing"
        raise GatewayError(f"{said} (a shallow clone has no history: git fetch --unshallow --tags)")
    return asked.stdout
