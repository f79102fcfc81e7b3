"""template.yaml as SAM's transform, which AWS runs at a deployment, makes it: with SAM's own translator."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from gateway.paths import SAM

Template = dict[str, Any]

# In the environment of sam, which pins the translator. It asks AWS nothing: no function names a managed policy.
_TRANSLATE = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
class Session: region_name = "eu-west-1"
asked = json.load(sys.stdin)
translated = [Translator({}, Parser(), None, Session()).translate(each, values) for each, values in asked]
json.dump(translated, sys.stdout)
"""


def translated(
    template: Template, variants: Sequence[tuple[Callable[[Template], Any], Mapping[str, str]]]
) -> list[Template]:
    """Return what becomes of a template by each change of it, with these parameters: all in one process, as to start
    the translator takes longer than to use it.
    """
    asked = []
    for edit, parameters in variants:
        changed = deepcopy(template)
        # The code is where `sam package` would have put it, under names that say whose it is.
        for name, resource in changed["Resources"].items():
            for key in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
                resource["Properties"][key] = f"s3://artifacts/{name}"
        edit(changed)
        asked.append((changed, parameters))
    done = subprocess.run(
        [SAM.with_name("python"), "-c", _TRANSLATE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"AWS_DEFAULT_REGION": "eu-west-1", "PATH": ""},
    )
    made: list[Template] = json.loads(done.stdout)
    return made
