"""`pytest --provider NAME`: all that concerns one provider, in seconds.

That is its folder's tests, and of the shared suites what is run for each provider, less what needs a running stack.
"""

import pytest

from gateway.simulator.registry import folders, sender_in


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--provider", metavar="NAME", help="run only what concerns this provider (its name or its folder)")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if not (name := config.getoption("--provider")):
        return
    found = {key: folder for folder in folders() for key in (folder.name, sender_in(folder).name)}
    if name not in found:
        raise pytest.UsageError(f"--provider {name}: there are {', '.join(sorted(found))}")
    # Its tests are named by it; those that concern all providers carry its name among their parameters.
    config.option.keyword = f"{found[name].name} or {sender_in(found[name]).name}"
    config.option.ignore_glob = ["*/e2e", "*_e2e.py", "*/verification"]
