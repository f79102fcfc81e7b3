"""An HTTPS endpoint that SNS posts to, in FastAPI: behind a proxy or load balancer that ends TLS.

    TOPICS=arn:aws:sns:...,arn:aws:sns:... uvicorn --factory https_endpoint:app_from_environment
    aws sns subscribe --topic-arn ... --protocol https --notification-endpoint https://you.example.com/sns

The subscription confirms itself. Leave raw message delivery off: SNS signs its own envelope only.
"""

import inspect
import logging
import os
from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from inbound_sms_subscriber import (
    AuthenticationError,
    DependencyUnavailable,
    Event,
    InvalidPayload,
    MemoryStore,
    Running,
    SnsEndpoint,
    once,
)

LARGEST_BODY = 1_048_576
logger = logging.getLogger("uvicorn.error")


def make_app(sns: SnsEndpoint, handle: Callable[[Event], object]) -> FastAPI:
    """Return the application: what SNS posts to /sns is verified, and each event goes to `handle`.

    A coroutine function runs in the event loop, so it may not block; any other function runs in a thread.
    """
    app = FastAPI(openapi_url=None)

    async def take(body: bytes) -> int:
        try:
            event = await run_in_threadpool(sns.receive, body)  # it may fetch a certificate
            if event and inspect.iscoroutinefunction(handle):
                await handle(event)
            elif event:
                await run_in_threadpool(handle, event)
        except AuthenticationError as error:
            logger.warning("refused: %s", error)
            return 403
        except (DependencyUnavailable, Running) as error:
            logger.warning("SNS has to try again: %s", error)
            return 503
        except InvalidPayload as error:  # it would not get better
            logger.warning("not an event: %s", error)
        return 204

    @app.post("/sns")
    async def receive(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                return Response(status_code=413)
        return Response(status_code=await take(body))

    return app


async def show(event: Event) -> None:
    """Do with an event what there is to do."""
    print(event.id)


def app_from_environment() -> FastAPI:
    """Return the application for uvicorn."""
    # One process alone may remember in memory; for several, or over a restart, take a DynamoStore.
    return make_app(SnsEndpoint(os.environ["TOPICS"].split(",")), once(MemoryStore())(show))
