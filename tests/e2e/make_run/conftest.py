"""A stack that `make run` serves, for what a person does with it: commands, the console, and its end."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gateway.console.serving import listen, served
from gateway.console.source import watched_of
from gateway.local.aws import LocalAws
from gateway.operations.installation import installed_here
from gateway.operations.stack import Stack
from tests.e2e.make_run.browser import PATIENCE_MILLISECONDS, opened
from tests.e2e.make_run.up import Listeners, Serve, Up, starting
from tests.support.browser import find
from tests.support.outside import Outside


@pytest.fixture(scope="package")
def up() -> Iterator[Up]:
    """Return what serves the stack. At the end, `gateway down` ends it and all that it started."""
    with starting("up") as up:
        yield up
        up.wait_until_ready()
        [serving] = [each for each in up.processes() if "gateway up" in each]
        assert up.typed("down") == (0, f"Ended the local stack in {up.folder} (process {up.process.pid})\n")
        assert up.processes() <= {serving}, "the engine has ended, and what served it has nothing left to do"
        assert not up.stack_file.exists()
        assert up.process.wait(5) == 0
        assert "Traceback" not in up.printed
        nothing = f"No local stack runs in {up.folder}"
        assert up.typed("status") == (3, f"{nothing}; `gateway up` or `make run` starts one\n")
        assert up.typed("down") == (0, f"{nothing}\n")


@pytest.fixture(scope="package")
def stack(up: Up) -> Stack:
    return up.wait_until_ready()


@pytest.fixture(scope="package")
def boto(stack: Stack) -> Callable[[str], Any]:
    return cache(LocalAws(stack.endpoint).client)


@pytest.fixture(scope="package")
def outside(stack: Stack, boto: Callable[[str], Any]) -> Iterator[Outside]:
    outside = Outside(stack, boto)
    yield outside
    assert outside.backlog("dead_letters") == 0


@pytest.fixture
def work(up: Up, stack: Stack) -> Path:
    return up.work


@pytest.fixture
def listeners(boto: Callable[[str], Any]) -> Listeners:
    def count() -> tuple[int, int]:
        return len(boto("sqs").list_queues()["QueueUrls"]), len(boto("sns").list_subscriptions()["Subscriptions"])

    return count


# ---- The console -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="package")
def console(stack: Stack) -> str:
    """Return the address that `make run` has printed."""
    assert stack.console
    return stack.console


@pytest.fixture(scope="package")
def serve(stack: Stack) -> Serve:
    """Serve one more console; return its address. Each reads the logs for itself: of two with one logbook, either would
    miss what the other has read.
    """
    return lambda port=None: served(watched_of(installed_here(stack)), listen(port))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start the Chromium or Chrome that `make browser` found or installed."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        path = find(playwright)
        if path is None:
            pytest.fail("No Chromium or Chrome starts here; `make browser` installs one", pytrace=False)
        with playwright.chromium.launch(executable_path=path) as browser:
            yield browser


@pytest.fixture(scope="module")  # an open page goes on drawing
def only_page(browser: Browser, console: str) -> Iterator[tuple[Page, list[str]]]:
    with opened(browser, console) as page:
        yield page


@pytest.fixture
def page(only_page: tuple[Page, list[str]], console: str) -> Iterator[Page]:
    """Return a page of the console, at its start; what was typed stays, as opening one takes long."""
    page, wrong = only_page
    page.evaluate("address => { location.hash = new URL(address).hash }", console)
    yield page
    assert wrong == []
