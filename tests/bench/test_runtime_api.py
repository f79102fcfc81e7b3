"""Lambda's Runtime API as the benchmark plays it, to a runtime client that knows only HTTP."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.runtime_api import FunctionFailed, RuntimeApi

PREFIX = "/2018-06-01/runtime"


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as api:
        yield api


def client(api: RuntimeApi, work: Callable[[Any], tuple[str, Any]]) -> None:
    """Fetches events and posts what `work` makes of them, until the server is gone."""

    def loop() -> None:
        connection = http.client.HTTPConnection(api.address, timeout=10)
        try:
            while True:
                connection.request("GET", f"{PREFIX}/invocation/next")
                answer = connection.getresponse()
                event = json.loads(answer.read())
                request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
                kind, outcome = work(event)
                path = "init/error" if kind == "init" else f"invocation/{request_id}/{kind}"
                connection.request("POST", f"{PREFIX}/{path}", json.dumps(outcome))
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass

    threading.Thread(target=loop, daemon=True).start()


def test_an_event_goes_out_and_its_response_comes_back(api: RuntimeApi) -> None:
    client(api, lambda event: ("response", {"twice": 2 * event["number"]}))

    for number in range(3):
        start = time.perf_counter()
        answered = api.invoke({"number": number}, lambda: True)
        assert answered.response == {"twice": 2 * number}
        assert start <= answered.sent_at <= answered.answered_at <= time.perf_counter()


@pytest.mark.parametrize("kind", ["error", "init"])
def test_an_error_is_told(api: RuntimeApi, kind: str) -> None:
    client(api, lambda _event: (kind, {"errorMessage": "no such module"}))

    with pytest.raises(FunctionFailed, match="no such module"):
        api.invoke({}, lambda: True)


def test_a_function_that_died_is_not_waited_for(api: RuntimeApi) -> None:
    with pytest.raises(FunctionFailed, match="doesn't answer"):
        api.invoke({}, lambda: False)
