"""Where things are: in a copy of the repository, or in what the wheel installs."""

from pathlib import Path

from gateway.errors import NeedsRepository

_HERE = Path(__file__).resolve().parent
_CARRIED = _HERE / "repository"  # what the commands read of the repository; only the wheel has it (pyproject.toml)

INSTALLED = _CARRIED.is_dir()
ROOT = _CARRIED if INSTALLED else _HERE.parent
TEMPLATE = ROOT / "template.yaml"
LOCAL = (Path.cwd() if INSTALLED else ROOT) / ".local"  # everything that a local stack writes
BUILD = LOCAL / "build"  # one build serves every local stack
SAM = ROOT / ".venv-sam" / "bin" / "sam"
ENGINE_PYTHON = ROOT / ".venv-engine" / "bin" / "python"


def require_repository() -> None:
    """Raise NeedsRepository where there is none: before anything is built, or written into it."""
    if INSTALLED:
        raise NeedsRepository


def shown(path: Path) -> str:
    """Return a path as a person would type it, at the project's root or where the command line was called."""
    start = LOCAL.parent
    return str(path.relative_to(start) if path.is_relative_to(start) else path)
