"""From a request of the page to an answer: JSON both ways, and errors in a sentence."""

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.errors import GatewayError, WrongField

_BODY_BYTES = 262_144

Endpoint = Callable[[Request], Any]


class Asked(BaseModel):
    """The body of a request; nothing else may be in it."""

    model_config = ConfigDict(extra="forbid", strict=True)


_A = TypeVar("_A", bound=Asked)


def plain(answer: Callable[[], Any]) -> Endpoint:
    """Answer a request for something that needs no telling."""

    async def endpoint(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(answer))

    return endpoint


def named(name: str, answer: Callable[[str], Any]) -> Endpoint:
    """Answer a request for something that a parameter of the query names."""

    async def endpoint(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(answer, request.query_params.get(name, "")))

    return endpoint


def with_body(model: type[_A], answer: Callable[[_A], Any]) -> Endpoint:
    """Answer a request whose body is a document of some model."""

    async def endpoint(request: Request) -> Response:
        try:
            asked = model.model_validate_json(await _body(request))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise WrongField(where, f"{where}: {first['msg']}" if where else first["msg"]) from None
        return JSONResponse(await run_in_threadpool(answer, asked))

    return endpoint


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise HTTPException(413, "The request is too long")
    return bytes(body)


async def _failed(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code)
    if isinstance(error, WrongField):
        return JSONResponse({"error": str(error), "field": error.field}, 400)
    return JSONResponse({"error": str(error)}, 409 if isinstance(error, GatewayError) else 502)


FAILURES: Any = dict.fromkeys((HTTPException, GatewayError, BotoCoreError, ClientError), _failed)
