"""`make fuzz`: each target under atheris (libFuzzer) for a while; ends with 1 where something was found.

A finding is a file below .local/fuzz/findings; `make fuzz ARGS="NAME FILE"` runs it once more. Corpora stay in
.local/fuzz/corpus, so that a later run starts where this one ended. Each target has a process of its own, in which code
is instrumented as it is imported; so nothing of it may be imported here before that.
"""

import hashlib
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".local" / "fuzz"
# What strangers' bytes go through in Python; the rest (pydantic, expat, json) is compiled, and not seen.
INSTRUMENTED = ["inbound_sms", "multipart", "jwt", *(path.stem for path in ROOT.glob("functions/**/*.py"))]


def _targets() -> dict[str, Any]:
    found: dict[str, Any] = importlib.import_module("verification.fuzz.targets").targets()
    return found


def _fuzz_all(words: list[str]) -> bool:
    """Fuzz the targets whose names hold a word, or all; return whether nothing was found."""
    chosen = [name for name in _targets() if not words or any(word in name for word in words)]
    failed = [name for name in chosen if not _fuzz_apart(name)]
    print(f"{len(chosen)} targets, {len(failed)} with findings")
    return bool(chosen) and not failed


def _fuzz_apart(name: str) -> bool:
    command = [sys.executable, "-m", "verification.fuzz", "--here", name]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if ended.returncode:
        print(f"{name}: FINDING\n{ended.stderr[-3_000:]}", flush=True)
    else:
        print(f"{name}: {', '.join(re.findall('(?m)^stat::(.*)', ended.stderr))}", flush=True)
    return not ended.returncode


def _fuzz_here(name: str) -> None:
    """Fuzz a target for FUZZ_SECONDS or FUZZ_RUNS, whichever comes first; ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = _targets()[name]
    folder = name.replace(" ", "-")
    corpus, findings, words = HOME / "corpus" / folder, HOME / "findings" / folder, HOME / f"{folder}.words"
    for each in (corpus, findings):
        each.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:12]).write_bytes(seed)
    tokens = sorted({each.decode() for seed in target.seeds for each in re.findall(rb"[A-Za-z][\w-]{2,30}", seed)})
    words.write_text("".join(f'"{token}"\n' for token in tokens))
    options = [
        f"-max_total_time={os.environ.get('FUZZ_SECONDS', '60')}", f"-runs={os.environ.get('FUZZ_RUNS', '-1')}",
        "-max_len=8192", "-timeout=30", "-rss_limit_mb=1024", f"-dict={words}", f"-artifact_prefix={findings}/",
        "-verbosity=0", "-print_final_stats=1",
    ]  # fmt: skip

    def run(data: bytes) -> None:
        target.run(data)

    atheris.Setup([sys.argv[0], *options, str(corpus)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--here", name]:
            _fuzz_here(name)
        case [name, file] if Path(file).is_file():
            print(_targets()[name].run(Path(file).read_bytes()))
        case words:
            sys.exit(0 if _fuzz_all(words) else 1)
