"""Between the local engine, which posts as SNS does but signs nothing, and an endpoint that believes in signatures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.support.sns_posts import certificate, signed, sns_of


@dataclass
class Resigner:
    """Takes the engine's posts, gives them SNS's host and signature, and passes them on."""

    engine: str
    received: list[bytes] = field(default_factory=list)
    forwarded: list[bytes] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        """Stands in for SNS's host: its certificate, and confirmations, which go to the engine."""
        if url.endswith(".pem"):
            return certificate(datetime.now(UTC) - timedelta(days=1))
        answer = httpx.get(f"{self.engine}/?{urlsplit(url).query}", trust_env=False)
        return answer.raise_for_status().content

    @contextmanager
    def before(self, endpoint: str) -> Iterator[str]:
        """Serve in front of an endpoint, and return the address that the engine is to post to."""
        resigner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = resigner.pass_on(body, endpoint)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()

    def pass_on(self, body: bytes, endpoint: str) -> int:
        """Sign a post, pass it on, and return the status of the answer."""
        post = json.loads(body)
        if "SubscribeURL" in post:
            post["SubscribeURL"] = f"{sns_of(post['TopicArn'])}/?{urlsplit(post['SubscribeURL']).query}"
        self.received.append(body)
        self.forwarded.append(json.dumps(signed(post)).encode())
        return httpx.post(endpoint, content=self.forwarded[-1], timeout=30, trust_env=False).status_code
