"""Lets tests import each function as Lambda does: with its folder on the path. A new function needs no listing."""

import sys
from pathlib import Path

sys.path[:0] = [str(folder) for folder in sorted(Path(__file__).parent.glob("functions/*")) if folder.is_dir()]
