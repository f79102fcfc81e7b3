"""Between the local engine, which posts as SNS does but signs nothing, and an endpoint that believes in signatures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from tests.support.loopback import Peer, answer, loopback
from tests.support.sns_posts import certificate, signed, sns_of


@dataclass
class Resigner:
    """Takes the engine's posts, gives them SNS's host and signature, and passes them on."""

    engine: str
    received: list[bytes] = field(default_factory=list)
    forwarded: list[bytes] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        """Stand in for SNS's host: its certificate, and confirmations, which go to the engine."""
        if url.endswith(".pem"):
            return certificate(datetime.now(UTC) - timedelta(days=1))
        return httpx.get(f"{self.engine}/?{urlsplit(url).query}", trust_env=False).raise_for_status().content

    @contextmanager
    def before(self, endpoint: str) -> Iterator[str]:
        """Serve in front of an endpoint, and return the address that the engine is to post to."""

        def pass_on(peer: Peer) -> None:
            self.received.append(peer.asked.partition(b"\r\n\r\n")[2])
            post = json.loads(self.received[-1])
            if "SubscribeURL" in post:
                post["SubscribeURL"] = f"{sns_of(post['TopicArn'])}/?{urlsplit(post['SubscribeURL']).query}"
            self.forwarded.append(json.dumps(signed(post)).encode())
            passed = httpx.post(endpoint, content=self.forwarded[-1], timeout=30, trust_env=False)
            peer.wfile.write(answer(b"", passed.status_code))

        with loopback(last=pass_on) as server:
            yield f"{server.url}/"
