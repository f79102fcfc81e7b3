"""Let tests import each function as Lambda does, with its deployed folder on the path. Nothing is listed here."""

import sys
from pathlib import Path

FUNCTIONS = Path(__file__).parent / "functions"
sys.path[:0] = [
    str(source if (source := folder / "src").is_dir() else folder)
    for folder in sorted(FUNCTIONS.iterdir())
    if folder.is_dir()
]

pytest_plugins = ["tests.support.fixtures", "tests.support.stacks", "tests.support.one_provider"]
