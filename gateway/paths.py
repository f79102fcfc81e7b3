"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "template.yaml"
LOCAL = ROOT / ".local"  # everything that a local stack writes
BUILD = LOCAL / "build"  # one build serves every local stack
SAM = ROOT / ".venv-sam" / "bin" / "sam"
ENGINE_PYTHON = ROOT / ".venv-engine" / "bin" / "python"


def shown(path: Path) -> str:
    """Return a path as a person at the project's root would type it."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
