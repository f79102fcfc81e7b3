"""The profiles: each has its parameters once, where `sam build` reads them as `sam deploy` does."""

import re
import tomllib

import pytest

from gateway.template import rows
from tests.support.providers import ROOT
from tests.support.template import written

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())


@pytest.mark.parametrize("profile", [name for name in CONFIG if name != "version"])
def test_its_parameters_stand_once_and_choose_providers_or_say_that_somebody_has_to(profile: str) -> None:
    said = {section: each["parameters"] for section, each in CONFIG[profile].items()}
    given = dict(re.findall(r"(\w+)=(\S+)", said["global"]["parameter_overrides"]))

    assert [section for section, each in said.items() if "parameter_overrides" in each] == ["global"]
    assert given.keys() <= written()["Parameters"].keys()
    assert (set(given["Providers"].split(",")) <= rows(written()).keys()) == (profile != "prod")
    assert said["global"]["language_extensions"] is True, "or the loops are not expanded"
    assert set(said["deploy"]["capabilities"].split()) == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}
    assert CONFIG["default"] == CONFIG["dev"]
