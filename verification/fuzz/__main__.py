"""`make fuzz`: each target under atheris (libFuzzer) for a while; ends with 1 where something was found.

A finding is a file below .local/fuzz/findings; `make fuzz ARGS="NAME FILE"` runs it once more. Corpora stay in
.local/fuzz/corpus, so that a later run starts where this one ended.
"""

import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from verification.fuzz.targets import targets

_PROGRESS = re.compile(r"^#(\d+)\s.*\bcov: (\d+) .*\bcorp: (\d+)/")


def main(words: list[str]) -> int:
    """Fuzz the targets whose names hold a word, or all; return the exit status."""
    console = Console()
    chosen = [name for name in targets() if not words or any(word in name for word in words)]
    failed = [name for name in chosen if not _fuzz_apart(name, console)]
    console.print(f"{len(chosen)} targets, {len(failed)} with findings", style="bold red" if failed else "bold green")
    return 1 if failed or not chosen else 0


def _fuzz_apart(name: str, console: Console) -> bool:
    """Fuzz one target in a process of its own, show how far it is; return whether nothing was found."""
    command = [sys.executable, "-m", "verification.fuzz.one", name]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
    assert process.stderr
    far, said = "", list[str]()
    with console.status(name) as status:
        for line in process.stderr:
            if found := _PROGRESS.match(line):
                far = f"{int(found[1]):,} inputs, {found[2]} edges, {found[3]} in the corpus"
                status.update(f"{name}: {far}")
            elif not line.startswith(("INFO: ", "stat::", "\t")):
                said.append(line)
    if process.wait() == 0:
        console.print(f"{name}: {far}", highlight=False)
        return True
    console.print(f"{name}: FINDING\n{''.join(said[-30:])}", style="red", markup=False, highlight=False)
    return False


if __name__ == "__main__":
    if len(sys.argv) == 3 and Path(sys.argv[2]).is_file():
        print(targets()[sys.argv[1]].run(Path(sys.argv[2]).read_bytes()))
    else:
        sys.exit(main(sys.argv[1:]))
