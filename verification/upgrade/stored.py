"""What a version of the gateway stored, as it is kept in `stored/<version>.json`, and what the tests look for in it."""

import base64
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

Json = dict[str, Any]

FOLDER = Path(__file__).parent / "stored"


@dataclass(frozen=True)
class Taken:
    """A sample that was taken in: what went to the queue; the table's item once it was claimed, and once published."""

    sample: str
    document: str
    claimed: Json
    published: Json

    @property
    def id(self) -> str:
        return str(json.loads(self.document)["id"])


@dataclass(frozen=True)
class SetAside:
    """Something in the quarantine, by its key; `ids` are the events that a replay makes of it, none where it can't."""

    key: str
    body: str  # in Base64
    record: str
    ids: list[str]

    @property
    def objects(self) -> dict[str, bytes]:
        return {f"{self.key}/body": base64.b64decode(self.body), f"{self.key}/record.json": self.record.encode()}


@dataclass(frozen=True)
class Stored:
    """All that a version stored. `parameters`: documents in Parameter Store, by the scheme that they are about."""

    version: str
    taken: list[Taken]
    quarantine: list[SetAside]
    parameters: dict[str, Json]
    tokens: list[Json]

    @classmethod
    def read(cls, path: Path) -> "Stored":
        return TypeAdapter(cls).validate_json(path.read_bytes())

    def write(self, path: Path) -> None:
        """Write it, one thing a line, so that a person can read what differs between two versions."""
        parts = []
        for name, value in asdict(self).items():
            if isinstance(value, list):
                lines = ",\n".join("  " + json.dumps(each, ensure_ascii=False) for each in value)
                parts.append(f'"{name}": [\n{lines}\n]')
            else:
                parts.append(f'"{name}": {json.dumps(value, ensure_ascii=False)}')
        path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def versions() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))
