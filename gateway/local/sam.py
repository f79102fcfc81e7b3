"""Builds and deploys the template with SAM's command line, the way it is deployed to AWS."""

import fcntl
import hashlib
import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.errors import GatewayError
from gateway.local.aws import REGION, LocalAws
from gateway.local.engine_gaps import deployable
from gateway.paths import BUILD, ENGINE_PYTHON, ROOT, SAM, TEMPLATE, shown
from gateway.process import run
from gateway.progress import Progress
from gateway.template import everything, load

BUILT_TEMPLATE = BUILD / "stack" / "template.yaml"
_ARTIFACTS = "artifacts"  # the bucket that `sam deploy` uploads to
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@contextmanager
def locked_build(progress: Progress) -> Iterator[None]:
    """Let one local stack at a time build and deploy what was built; the others wait."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress("Waiting for another local stack to be deployed"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_tools() -> None:
    """Raise GatewayError where something is not installed."""
    for tool in (SAM, ENGINE_PYTHON):
        if not tool.exists():
            raise GatewayError(f"{shown(tool)} is missing; `make run` installs it")


def local_parameters() -> dict[str, str]:
    """Return the template's parameters that make the functions fit this machine: the engine runs them with its
    own Python.
    """
    version = "import sys; print('python%d.%d' % sys.version_info[:2])"
    try:
        asked = subprocess.run([ENGINE_PYTHON, "-c", version], check=True, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        raise GatewayError(f"{shown(ENGINE_PYTHON)} does not run; `make clean run` installs it anew") from None
    architecture = _ARCHITECTURES.get(platform.machine().lower())
    if architecture is None:
        raise GatewayError(f"Lambda knows no {platform.machine()} processors, so nothing can be built on this machine")
    return {"Runtime": asked.stdout.strip(), "Architecture": architecture}


def build_changed(aws: LocalAws, progress: Progress) -> None:
    """Build the project's template, unless the last build was of the same files; SAM takes seconds to find that out."""
    made_of, now = BUILD / "made-of", _sources()
    if BUILT_TEMPLATE.exists() and made_of.exists() and made_of.read_text() == now:
        return
    made_of.unlink(missing_ok=True)  # a build that is broken off leaves nothing that may be used
    with progress("Building with sam build"):
        build(aws)
    made_of.write_text(now)


def _sources() -> str:
    """Return a digest of everything that a build depends on."""
    folders = (ROOT / "functions", ROOT / "shared")
    files = (path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts)
    digest = hashlib.sha256(repr(local_parameters()).encode())
    for path in (TEMPLATE, ROOT / "requirements" / "sam.txt", *sorted(filter(Path.is_file, files))):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def build(aws: LocalAws, template: Path = TEMPLATE, work: Path = BUILD) -> Path:
    """Build every function and layer of a template, so that any can be deployed; what hasn't changed isn't built again.

    Return the built template. It runs in a folder of its own, because sam keeps the packages that it fetched below the
    folder that it is run in (.aws-sam/deps), and throws away those of any other build.
    """
    built = work / "stack" / "template.yaml"
    folders = [f"--build-dir={built.parent}", f"--cache-dir={work / 'cache'}"]
    command = ["build", f"--template={template}", *folders, "--cached", "--parallel"]
    _sam(aws, command, local_parameters() | everything(load(template)), work / "build.log", seconds=600)
    return built


def deploy(
    aws: LocalAws, stack: str, parameters: Mapping[str, str], log: Path, built_template: Path = BUILT_TEMPLATE
) -> None:
    """Deploy what was built into the local engine, over the stack of that name where there is one.

    Everything is switched on, unless `parameters` say otherwise.
    """
    with suppress(aws.s3.exceptions.BucketAlreadyOwnedByYou):
        aws.s3.create_bucket(Bucket=_ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
    places = [f"--template-file={deployable(built_template)}", f"--stack-name={stack}", f"--s3-bucket={_ARTIFACTS}"]
    command = ["deploy", *places, "--no-confirm-changeset", "--no-progressbar"]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    command += ["--no-fail-on-empty-changeset"]  # a version may be deployed over itself
    template = load(built_template)
    # Requests come to the engine's address, and a provider's signature may cover the URL.
    url = {"PublicUrl": aws.endpoint} if "PublicUrl" in template["Parameters"] else {}
    chosen = {**local_parameters(), **everything(template), **url, **parameters}
    _sam(aws, command, chosen, log, seconds=180)


def _sam(aws: LocalAws, command: list[str], parameters: Mapping[str, str], log: Path, seconds: float) -> None:
    overrides = [f"{name}={_quoted(value)}" for name, value in parameters.items()]
    whole = [str(SAM), *command, "--parameter-overrides", *overrides]
    run(f"sam {command[0]}", whole, _environment(aws), log, seconds)


def _quoted(value: str) -> str:
    """Write a parameter's value so that SAM reads all of it, quotes and spaces included."""
    return '"' + value.replace('"', '\\"') + '"'


def _environment(aws: LocalAws) -> dict[str, str]:
    environment = aws.environment
    return environment | {
        # `sam build` looks for the runtime's pythonX.Y on PATH; the engine's is certain to be there, and to work.
        "PATH": f"{ENGINE_PYTHON.parent}:{environment.get('PATH', '')}",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1",  # there is no samconfig.toml beside what was built
        "SAM_CLI_POLL_DELAY": "0.2",  # the local engine takes a moment for what takes AWS minutes
    }
