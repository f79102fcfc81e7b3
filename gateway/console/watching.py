"""Fills the board: one thread listens to the topics, another looks at the numbers."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from gateway.console.board import Board
from gateway.console.watched import Watched
from gateway.dead_letters import dead_letters_of
from gateway.quarantine import Quarantine
from gateway.queues import number_in
from gateway.subscription import queue_for_a_while
from gateway.viewer import read

_END_SECONDS = 5.0


@contextmanager
def watching(watched: Watched, board: Board) -> Iterator[None]:
    """Keeps the board up to date while the `with` block lasts. Raises what boto3 raises where it can't begin."""
    sqs = watched.deployment.sqs
    name = f"{watched.name}-console-{secrets.token_hex(4)}"
    ended = threading.Event()
    with queue_for_a_while(sqs, watched.sns, name, watched.topics.messages, watched.topics.delivery) as queue:
        steps = (lambda: _take_events(watched, queue, board), lambda: _look(watched, board, ended))
        threads = [threading.Thread(target=_again_and_again, args=(step, board, ended), daemon=True) for step in steps]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(_END_SECONDS)


def _again_and_again(step: Callable[[], None], board: Board, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            step()
        except (BotoCoreError, ClientError) as error:
            board.in_trouble(f"No news: {error}")
            ended.wait(1)


def _take_events(watched: Watched, queue: str, board: Board) -> None:
    sqs = watched.deployment.sqs
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
        board.arrived(read(message["Body"]), datetime.now(UTC))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _look(watched: Watched, board: Board, ended: threading.Event) -> None:
    deployment = watched.deployment
    waiting = number_in(deployment.sqs, deployment.queues.events)
    dead = {which.value: each.count() for which, each in dead_letters_of(deployment.sqs, deployment.queues).items()}
    board.counted(watched.counts.totals(), waiting=waiting, dead=dead, kept=Quarantine(deployment).count())
    ended.wait(watched.pause_seconds)
