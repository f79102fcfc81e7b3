"""Starts the worker; where atheris is installed, with the code instrumented, which has to happen as it is imported."""

import importlib
import importlib.util
from contextlib import nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

# What strangers' bytes go through in Python; the rest (pydantic, expat, json) is compiled, and not seen.
LIBRARIES = ("inbound_sms", "multipart", "jwt")


def main() -> None:
    """Imports everything, then works."""
    ours = (path.stem for path in ROOT.glob("functions/*/*.py"))
    atheris: Any = importlib.import_module("atheris") if importlib.util.find_spec("atheris") else None
    with atheris.instrument_imports(include=[*LIBRARIES, *ours]) if atheris else nullcontext():
        worker = importlib.import_module("verification.fuzz.worker")
        for name in ("verification.fuzz.paths", "verification.fuzz.parsers", "multipart"):
            importlib.import_module(name)
    worker.main(atheris)


if __name__ == "__main__":
    main()
