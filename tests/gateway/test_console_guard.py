"""Who may talk to the console: nobody but the page that it served, opened with the key."""

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.console.guard import Guard
from tests.support.watched import HOST, asking

Ask = Callable[..., httpx.Response]
KEY = {"Authorization": "Bearer the-key"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def ask(done: list[str]) -> Ask:
    async def act(request: Any) -> PlainTextResponse:
        done.append(request.url.path)
        return PlainTextResponse("done")

    routes = [Route(path, act, methods=["GET", "POST", "PUT"]) for path in ("/", "/api/send")]
    guarded: Any = Guard(Starlette(routes=routes), {HOST, "localhost:4567"}, "the-key")
    return partial(asking, guarded)


def test_the_page_itself_gets_through(ask: Ask, done: list[str]) -> None:
    for host in (HOST, "localhost:4567"):
        own = {"Host": host, "Origin": f"http://{host}"}
        ask("GET", "/", headers={"Host": host})
        ask("GET", "/api/send", headers={"Host": host} | KEY)
        ask("POST", "/api/send", headers=own | KEY | JSON, content="{}")
    assert done == ["/", "/api/send", "/api/send"] * 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "evil.example"} | KEY, 421, id="a name that was made to lead here"),
        pytest.param({"Host": "evil.example:4567"} | KEY, 421, id="the same with our port"),
        pytest.param({"Host": "127.0.0.1"} | KEY, 421, id="no port"),
        pytest.param({"Host": "127.0.0.1:4567.evil.example"} | KEY, 421, id="ours as a part of another"),
        pytest.param({"Host": ""} | KEY, 421, id="no name"),
        pytest.param({"Origin": "http://evil.example"} | KEY, 403, id="another origin"),
        pytest.param({"Origin": "null"} | KEY, 403, id="an origin that hides"),
        pytest.param({"Origin": "http://127.0.0.1:4568"} | KEY, 403, id="another port"),
        pytest.param({"Origin": "https://127.0.0.1:4567"} | KEY, 403, id="another scheme"),
        pytest.param({"Origin": "http://localhost:4567"} | KEY, 403, id="another name of the same"),
        pytest.param({}, 401, id="no key"),
        pytest.param({"Authorization": "Bearer the-kez"}, 401, id="a wrong key"),
        pytest.param({"Authorization": "Bearer the-key2"}, 401, id="a longer key"),
        pytest.param({"Authorization": "the-key"}, 401, id="no scheme"),
        pytest.param({"Authorization": "Bearer \xe9"}, 401, id="a key that is no ASCII"),
        pytest.param({"Cookie": "key=the-key"}, 401, id="a cookie, which a browser sends along by itself"),
    ],
)
def test_nobody_else_does(headers: dict[str, str], status: int, ask: Ask, done: list[str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    for method in ("GET", "POST", "PUT"):
        assert ask(method, "/api/send", headers={**JSON, **raw}, content=b"{}").status_code == status
    assert done == []


def test_what_a_foreign_page_can_send_is_refused_even_with_the_key(ask: Ask, done: list[str]) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        form = KEY | {"Content-Type": kind}
        assert ask("POST", "/api/send", headers=form, content="{}").status_code == 415
    assert ask("POST", "/", headers=KEY | JSON, content="{}").status_code == 405
    two_hosts = [("Host", HOST), ("Host", "evil.example"), ("Authorization", "Bearer the-key")]
    assert ask("GET", "/api/send", headers=two_hosts).status_code == 421

    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = ask("OPTIONS", "/api/send", headers=asked)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert done == []


@pytest.mark.parametrize("path", ["/", "/api/send", "/nothing"])
def test_browsers_are_told_to_run_nothing_but_our_files(path: str, ask: Ask) -> None:
    headers = ask("GET", path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
