"""The installation that is priced and simulated: with the providers of the development profile."""

import re
import tomllib
from functools import cache

from gateway.paths import ROOT, TEMPLATE
from gateway.template import load, rows


@cache
def providers() -> dict[str, str]:
    """Return the providers' names by their rows in the template."""
    profile = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]
    [chosen] = re.findall(r"\bProviders=(\S+)", profile["global"]["parameters"]["parameter_overrides"])
    table = rows(load(TEMPLATE))
    return {row: table[row]["Name"] for row in chosen.split(",")}
