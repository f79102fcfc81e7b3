"""Writes the folder of a new provider: what passes lint, and says by its TODOs what its author has to find out."""

import keyword
import re
from pathlib import Path
from string import Template

from gateway.errors import GatewayError, WrongUsage
from gateway.paths import ROOT
from gateway.simulator.registry import senders

_FILES = {
    "__init__.py": '''\
"""$title."""
''',
    "README.md": """\
# $title

Documentation: <https://TODO>

## In its portal

TODO: what is entered where, and what it authenticates by.

## What is supported

| $title sends | becomes | event id after `$name/` |
| --- | --- | --- |
| TODO | message | `id` |

## Good to know

- TODO: its retries, and what it takes for success.

## Not known

TODO: what its documentation doesn't say.
""",
    "src/${folder}_webhook.py": '''\
"""$title. TODO: the address of its documentation"""

from inbound_sms.api import (
    Basic,
    Event,
    Identifier,
    Number,
    NumberField,
    Payload,
    Provider,
    Request,
    Response,
    message,
    read,
    unknown,
    webhook,
)

from pydantic import Field

# ---- What it posts ---------------------------------------------------------------------------------------------------


class Text(Payload):
    """An inbound text. TODO: its fields, as they are documented."""

    id: Identifier
    sender: NumberField = Field(alias="from", default=Number())
    to: NumberField = Number()
    text: str | None = None


def parse(request: Request) -> list[Event]:
    """Read one request; the id is the same in every retry."""
    payload = request.json_object()  # TODO: or request.fields(), of a query, a form or JSON
    if "kind" in payload:  # TODO: how another kind of request is told apart
        return [unknown(request, payload=payload)]
    it = read(Text, payload)
    return [
        message(
            request,
            it.id,
            message_id=it.id,
            sender=it.sender,
            recipient=it.to,
            text=it.text,
            payload=payload,
        )
    ]


# ---- How it authenticates, and what it wants to hear -----------------------------------------------------------------

$constant = Provider(
    name="$name",
    parse=parse,
    schemes=(Basic(),),  # TODO: what it offers
    accepted=Response(200, "OK", "text/plain"),  # TODO: what it takes for success
    quarantined=Response(200, "OK", "text/plain"),
)

handler = webhook($constant)
''',
    "sender.py": '''\
"""$title's own side. TODO: the address of its documentation"""

from pathlib import Path

from gateway.simulator.sender import Callback, Retries, Sender, Verdict, a_uuid, again_unless

SAMPLES = Path(__file__).parent / "samples"


def _read(status: int, _body: bytes) -> Verdict:
    """TODO: what it takes for success, what it tries again."""
    return again_unless(200 <= status < 300)


SENDER = Sender(
    name="$name",
    title="$title",
    docs="https://TODO",
    callbacks={
        "message": Callback(
            SAMPLES / "synthetic/message.json",
            {"id": a_uuid},
            sender="from",
            recipient="to",
            text="text",
        ),
        "unknown": Callback({"id": "1", "kind": "something new"}, {"id": a_uuid}),
    },
    secrets=("basic",),  # TODO: what it offers, its usual kind first
    retries=Retries(waits=(60,), timeout=10, read=_read),  # TODO: its schedule
    portal="TODO: what is entered where",
    broken=(b'{"text": "no id"}', "id"),
    table={
        "sms": "yes",
        "mms": "TODO",
        "reports": "TODO",
        "other": "published as unknown",
        "response": "200",
        "retries": "TODO",
        "id": "`id`",
    },
)
''',
    "samples/SOURCES.md": """\
# Where these samples are from

| file | address, and the day it was read |
| --- | --- |
| `TODO` | https://TODO |

`synthetic/` holds what was put together from descriptions of fields.
""",
    "samples/expected.toml": """\
# What becomes of each sample: only what differs from an ordinary event. TODO: the documented ones

[answers] # status, content type, body
accepted = [200, "text/plain", "OK"]
quarantined = [200, "text/plain", "OK"]

["synthetic/message.json"]
identified_by = ["id"]
type = "message"
id = "1"
message_id = "1"
sender = "+447700900001"
recipient = "+447700900002"
text = "Hello"
""",
    "samples/synthetic/message.json": '{"id": "1", "from": "+447700900001", "to": "+447700900002", "text": "Hello"}\n',
}


def new_provider(name: str, title: str | None, folder: str | None, functions: Path = ROOT / "functions") -> Path:
    """Write the folder of a provider that isn't there yet; raise GatewayError where it can't have that name."""
    folder = folder or name.replace("-", "_")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or name == "oauth2" or name in senders():
        raise WrongUsage(f"{name} can't be a new provider's name: small letters, digits and hyphens, and none taken")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder) or keyword.iskeyword(folder):
        raise WrongUsage(f"{folder} can't be the name of its modules; give another one: --folder")
    target = functions / folder
    if target.exists():
        raise GatewayError(f"{target.name}/ is there already")
    words = {"name": name, "folder": folder, "constant": folder.upper(), "title": title or _title(name)}
    for path, content in _FILES.items():
        file = target / Template(path).substitute(words)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(content).substitute(words), encoding="utf-8")
    return target


def row(name: str, title: str | None, folder: str, code: str = "") -> str:
    """Return the row of template.yaml, Mappings.Provider, that deploys a provider, with code of another's folder."""
    logical_name = "".join(map(str.capitalize, folder.split("_")))
    return (
        f"    {logical_name}: {{Name: {name}, Title: {title or _title(name)}, Code: functions/{code or folder}/src/, "
        f'Handler: {code or folder}_webhook.handler, Path: /{name}, PathBelow: "/{name}/{{proxy+}}"}}'
    )


def _title(name: str) -> str:
    return name.replace("-", " ").title()
