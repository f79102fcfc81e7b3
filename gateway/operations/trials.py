"""Tries documents of configured providers by the deployed code, without deploying anything."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from gateway.errors import GatewayError
from gateway.operations.installation import Installation
from gateway.paths import ROOT, require_repository
from gateway.simulator import senders
from gateway.simulator.formats import BY_ENDING

_FOLDER = ROOT / "functions" / "webhook"
_SECONDS = 60


def tried(document: Path, sample: Path, headers: Mapping[str, str], query: str, method: str) -> dict[str, Any]:
    """Return what the deployed code makes of a request whose body is a file; a .query file is that of a GET.

    Raises GatewayError where the document is wrong, naming the place.
    """
    content = sample.read_bytes()
    known = BY_ENDING.get(sample.suffix)
    if known and known.method == "GET":
        method, query, content = method or "GET", query or content.decode("utf-8", "replace").strip(), b""
    typed = {"content-type": known.content_type} if known and known.content_type else {}
    asked = {
        "name": document.stem,
        "document": document.read_text(encoding="utf-8"),
        "body": base64.b64encode(content).decode(),
        "headers": {**typed, **{name.lower(): value for name, value in headers.items()}},
        "query": query,
        "method": (method or "POST").upper(),
    }
    told = _run(asked)
    if "document" in told:
        raise GatewayError(f"{document}: {told['document']}")
    return told


def documents(installation: Installation) -> Iterator[tuple[str, str | None]]:
    """Return each provider whose document is a parameter, and what is wrong with that."""
    for provider in installation.providers:
        name = f"{installation.parameter(provider)}/document"
        sender = senders().get(provider)
        if sender and not sender.document:
            continue
        try:
            text = installation.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            if sender:  # of any other one, the document may be a file beside the code
                yield provider, f"there is no parameter {name}"
        else:
            yield provider, _run({"name": provider, "document": text}).get("document")


def _run(asked: Mapping[str, Any]) -> dict[str, Any]:
    require_repository()  # the deployed code and what it builds on
    path = os.pathsep.join(map(str, (ROOT / "shared", _FOLDER / "src")))
    done = subprocess.run(
        [sys.executable, str(_FOLDER / "trial.py")],
        env={**os.environ, "PYTHONPATH": path},
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise GatewayError(f"The trial failed: {done.stderr.strip().splitlines()[-1]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
