"""The person's side of the gateway: a local stack, and commands for it and for deployed ones. Never deployed itself."""

import sys

from gateway.paths import INSTALLED, ROOT

__version__ = "0.1.0"

sys.path.append(str(ROOT / "shared"))  # secrets are checked by the functions' own model
if INSTALLED:
    sys.path.append(str(ROOT))  # the providers' own sides are in functions/
