"""Builds the layer: the pinned packages for the runtime and architecture, our own packages, and their bytecode.

    python layer/build.py python3.13 arm64 FOLDER

Lambda can't write bytecode beside the code, so without it everything is compiled in every cold start, which takes most
of its time. Bytecode is specific to a version of Python. If this script runs on another one than the target's, the
layer has none: it works all the same, but starts more slowly.
"""

import compileall
import shutil
import subprocess
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

SOURCE = Path(__file__).resolve().parents[1]
PACKAGES = ("inbound_sms", "aws_client")

# The oldest of Lambda's systems, Amazon Linux 2 (Python 3.11), has glibc 2.26.
PLATFORMS = {
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
    "arm64": ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
}

# Files that contain no code and are never used. Code is left complete, so that what is tested is what is deployed.
UNUSED = ("aws_lambda_powertools/event_handler/openapi/swagger_ui", "bin")


def main(runtime: str, architecture: str, folder: Path) -> None:
    """Build the layer in `folder`, which need not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    install(runtime, architecture, folder, SOURCE / "requirements.txt")
    for package in PACKAGES:
        shutil.copytree(SOURCE / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    _prune(folder)
    running = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if running == runtime:
        _compile(folder)
    else:
        # On standard output, because that is all that `sam build` shows of a successful build.
        print(
            f"WARNING: {runtime} is not on PATH, so the layer has no bytecode ({running} can't compile it): "
            "it works, but every cold start takes longer",
            flush=True,
        )


def install(runtime: str, architecture: str, folder: Path, requirements: Path) -> None:
    """Install wheels for the target's platform. The pins are complete, so no dependencies are resolved."""
    version, platforms = runtime.removeprefix("python"), PLATFORMS[architecture]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    wheels = ["--only-binary=:all:", "--no-deps", "--no-compile", "--implementation=cp", f"--python-version={version}"]
    wheels += [f"--platform={platform}" for platform in platforms]
    wheels += ["--require-hashes", f"--target={folder}", f"--requirement={requirements}"]
    subprocess.run([*pip, *wheels], check=True, timeout=600)


def _prune(folder: Path) -> None:
    for name in UNUSED:
        shutil.rmtree(folder / name, ignore_errors=True)


def _compile(folder: Path) -> None:
    """Compile everything to unchecked bytecode: a layer's files never change, so Python needn't check their source.

    Tracebacks show the paths in Lambda.
    """
    compileall.compile_dir(
        folder,
        quiet=1,
        workers=1,
        stripdir=str(folder),
        prependdir="/opt/python",
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
