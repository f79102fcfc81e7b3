"""Marks each function that was built with a digest of all that makes it, so that any change is published as a version.

SAM publishes a version when a function's code, layer or properties change, but of a property that is a parameter
(LogLevel, Routes) it sees the name and not the value (aws/serverless-application-model, issue 3820): the alias would go
on leading to a version with the old value. So `make deploy` runs this between `sam build` and `sam deploy`.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

_FUNCTION = "AWS::Serverless::Function"
_LAYER = "AWS::Serverless::LayerVersion"


def stamp(built: Path, parameters: bytes) -> None:
    """Writes a digest to each function of a built template; `parameters` is whatever holds their values."""
    template = yaml.safe_load(built.read_text())
    resources: dict[str, Any] = template["Resources"]
    common = [parameters, _text(template["Parameters"]), _text(template["Globals"])]
    for layer in (it["Properties"] for it in resources.values() if it["Type"] == _LAYER):
        common += [_text(layer), *_content(built.parent / layer["ContentUri"])]
    for function in (it["Properties"] for it in resources.values() if it["Type"] == _FUNCTION):
        function.pop("AutoPublishCodeSha256", None)
        own = [_text(function), *_content(built.parent / function["CodeUri"])]
        function["AutoPublishCodeSha256"] = _digest([*common, *own])
    built.write_text(yaml.safe_dump(template, sort_keys=False))


def _text(part: Any) -> bytes:
    return json.dumps(part, sort_keys=True, default=str).encode()


def _content(folder: Path) -> Iterable[bytes]:
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        yield str(path.relative_to(folder)).encode()
        yield path.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


if __name__ == "__main__":
    stamp(Path(sys.argv[1]), Path(sys.argv[2]).read_bytes())
