"""One target under atheris, in this process. Code is instrumented as it is imported, so none of it is before that."""

import hashlib
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".local" / "fuzz"
# What strangers' bytes go through in Python; the rest (pydantic, expat, json) is compiled, and not seen.
INSTRUMENTED = ["inbound_sms", "multipart", "jwt", *(path.stem for path in ROOT.glob("functions/**/*.py"))]


def main(name: str) -> None:
    """Fuzz a target for FUZZ_SECONDS or FUZZ_RUNS, whichever comes first."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = importlib.import_module("verification.fuzz.targets").targets()[name]
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
    ]  # fmt: skip

    def run(data: bytes) -> None:
        target.run(data)

    atheris.Setup([sys.argv[0], *options, str(corpus)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1])
