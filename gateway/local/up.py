"""What `make run` does: a stack, a look at what it does, and time to try it."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console

from gateway import progress
from gateway.console.serving import listen, served
from gateway.console.source import watched_of
from gateway.local.local_stack import LocalStack, local_stack
from gateway.local.output import Viewer, show
from gateway.operations.installation import installed_here
from gateway.operations.stack import STACK_FILE, Stack
from gateway.paths import shown
from gateway.simulator import new_client, send, senders

_ARRIVAL_SECONDS = 30.0


def up(port: int, work: Path, parameters: Mapping[str, str], console: Console, complaints: Console) -> None:
    """Serve until interrupted. While it does, `stack.json` in `work` tells scripts about it.

    `parameters` override the template's: without any, every provider is there.
    """
    start = time.monotonic()
    stack_file = work / STACK_FILE
    with local_stack(port, work=work, parameters=parameters, progress=progress.on(console)) as running:
        viewer = Viewer(running.aws, running.stack.stack, running.stack.topics)
        with served(watched_of(installed_here(running.stack, stack_file)), listen(None, port + 1)) as page:
            _post_samples(running.stack, viewer, console, complaints)
            _print_how_to_send(running.stack, console)
            with _announced(running.stack.model_copy(update={"console": page}), stack_file):
                seconds = time.monotonic() - start
                _print(console, f"\nReady after {seconds:.0f} s at {running.stack.endpoint}; Ctrl-C ends it.")
                _print(console, f"Facts for scripts are in {shown(stack_file)}, logs beside it.")
                _print(console, f"See and try it in your browser: {page}\n")
                _serve(running, viewer, console)
        _print(console, "\nEnding the local stack ...")


def curl(provider: str, stack: Stack) -> str:
    """Return the command that posts the provider's documented sample."""
    message = senders()[provider].message
    post = stack.post(provider, message, message.written(message.documented))  # in one line
    return post.as_curl()


def _post_samples(stack: Stack, viewer: Viewer, console: Console, complaints: Console) -> None:
    """Post every provider's documented sample under an id of its own, so that the sample itself is still new."""
    _print(console, "\nEvery provider's documented sample is posted; this is what subscribers get:")
    with new_client() as client, ThreadPoolExecutor() as pool:
        posted = pool.map(partial(_post_new_message, client, stack), stack.webhooks)
        answers = dict(zip(stack.webhooks, posted, strict=True))
    for provider, answer in answers.items():
        if not answer.startswith("200"):
            _print(complaints, f"{provider}: the sample was answered {answer}; engine.log may tell why")
    awaited = {provider for provider, answer in answers.items() if answer.startswith("200")}
    deadline = time.monotonic() + _ARRIVAL_SECONDS
    while awaited and time.monotonic() < deadline:
        for event in viewer.arrived(seconds=1):
            show(console, event)
            awaited.discard(event["data"]["provider"])
    for provider in sorted(awaited):
        _print(complaints, f"{provider}: no event came of the sample in {_ARRIVAL_SECONDS:.0f} s")


def _post_new_message(client: httpx.Client, stack: Stack, provider: str) -> str:
    """Return status and body of the response."""
    message = senders()[provider].message
    try:
        response = send(client, stack.post(provider, message, message.body()), timeout=30)
    except httpx.HTTPError as error:
        return str(error)
    return f"{response.status_code} {response.text}".strip()


@contextmanager
def _announced(stack: Stack, path: Path) -> Iterator[None]:
    """Tell scripts about the stack for as long as it runs."""
    stack.write(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _print_how_to_send(stack: Stack, console: Console) -> None:
    _print(console, "\nSend one yourself: the first paste gives an event, a second one is dropped as a duplicate.")
    for provider in stack.webhooks:
        _print(console, f"\n# {provider}")
        _print(console, curl(provider, stack))


def _print(console: Console, text: str) -> None:
    """Print a text as it is, with no line break of ours in it: commands must survive copying."""
    console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _serve(running: LocalStack, viewer: Viewer, console: Console) -> None:
    """Show what arrives until interrupted, which is how it is meant to end."""
    with suppress(KeyboardInterrupt):
        while True:
            running.engine.require_running()
            for event in viewer.arrived(seconds=1):
                show(console, event)
