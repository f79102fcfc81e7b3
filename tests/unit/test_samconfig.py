"""The profiles: each has its parameters once, where `sam build` reads them as `sam deploy` does."""

import re
import tomllib

import pytest

from gateway.template import rows
from tests.support.providers import ROOT
from tests.support.template import written

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
PROFILES = [name for name in CONFIG if name != "version"]


def parameters(profile: str) -> dict[str, str]:
    given = CONFIG[profile]["global"]["parameters"]["parameter_overrides"]
    return dict(re.findall(r"(\w+)=(\S+)", given))


@pytest.mark.parametrize("profile", PROFILES)
def test_its_parameters_stand_once_and_are_the_templates_and_the_loops_are_expanded(profile: str) -> None:
    sections = [name for name, each in CONFIG[profile].items() if "parameter_overrides" in each["parameters"]]

    assert sections == ["global"]
    assert set(parameters(profile)) <= set(written()["Parameters"])
    assert CONFIG[profile]["global"]["parameters"]["language_extensions"] is True
    assert set(CONFIG[profile]["deploy"]["parameters"]["capabilities"].split()) == {
        "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
    }  # fmt: skip


def test_it_chooses_providers_or_says_that_somebody_has_to() -> None:
    chosen = {profile: set(parameters(profile)["Providers"].split(",")) for profile in PROFILES}

    assert {profile for profile in PROFILES if not chosen[profile] <= set(rows(written()))} == {"prod"}
    assert CONFIG["default"] == CONFIG["dev"]
