"""A provider's folder is complete, and what it says in several places agrees. What is missing is listed at once."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.simulator import registry
from tests.support.providers import ROOT, Registered, loaded

UNFINISHED = re.compile(r".*\b(?:TODO|FIXME)\b.*")


def missing_in(folder: Path) -> Iterator[str]:
    """Yield what a folder lacks, each as a line for its author."""
    source = registry.source_of(folder)
    own = [f"src/{folder.name}_webhook.py"] if source.parent == folder else []
    needed = ("README.md", "sender.py", *own, "samples/SOURCES.md", "samples/expected.toml")
    absent = [f"{name} is missing" for name in needed if not (folder / name).is_file()]
    yield from absent
    if f"{source.relative_to(ROOT)}/" not in (ROOT / "template.yaml").read_text(encoding="utf-8"):
        yield "template.yaml has no row for it"
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".py", ".md", ".toml"}:
            found = UNFINISHED.findall(path.read_text(encoding="utf-8"))
            yield from (f"{path.relative_to(folder)}: {line.strip()}" for line in found)
    entry = loaded(folder)
    if isinstance(entry, Registered):
        yield from _contradictions(entry)
    elif not absent:
        yield entry


def _contradictions(entry: Registered) -> Iterator[str]:
    """Yield what the deployed half and the provider's own side don't agree on."""
    deployed, sender, expected = entry.provider, entry.sender, entry.expected
    pairs = {
        "name": (deployed.name, sender.name),
        "kinds of secrets": ({scheme.name for scheme in deployed.schemes}, set(sender.secrets)),
        "methods": (set(deployed.methods), set(sender.methods)),
        "URLs": (set(deployed.routes), set(sender.urls)),
        "methods of its callbacks": ({each.method for each in sender.callbacks.values()}, set(sender.methods)),
        "URLs of its callbacks": ({each.url for each in sender.callbacks.values()}, set(sender.urls)),
    }
    yield from (f"sender.py: its {what} are {b}, but {a} in src/" for what, (a, b) in pairs.items() if a != b)
    for kind, name in (("hmac", "sign"), ("public_key", "key_pairs"), ("sns_topic", "key_pairs")):
        if kind in sender.secrets and not getattr(sender, name):
            yield f"sender.py: it offers {kind}, and has no `{name}`"
    if not sender.broken[0]:
        yield "sender.py: `broken` is empty"
    answers = {situation for situation, _ in expected.answers}
    yield from (
        f"samples/expected.toml: [answers] lacks {each}" for each in sorted({"accepted", "quarantined"} - answers)
    )
    types = {event["type"].split(".")[1] for sample in expected.samples for event in sample.events}
    if "message" not in types:
        yield "samples/expected.toml: no sample becomes a message"
    if not sender.portal or not sender.docs.startswith("https://"):
        yield "sender.py: `portal` or `docs` is empty"


@pytest.mark.parametrize("folder", registry.folders(), ids=lambda folder: folder.name)
def test_a_providers_folder_is_complete_and_agrees_with_itself(folder: Path) -> None:
    missing = list(missing_in(folder))

    assert not missing, f"functions/{folder.name}:\n  " + "\n  ".join(missing)
