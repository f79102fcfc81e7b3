"""The person's side of the gateway: a local stack, and commands for it and for deployed ones. Never deployed itself."""

import sys
from pathlib import Path

__version__ = "0.1.0"

sys.path.append(str(Path(__file__).parents[1] / "shared"))  # secrets are checked by the functions' own model
