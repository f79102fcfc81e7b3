"""The stores of handled events, over a time that stands still unless it is moved."""

from dataclasses import dataclass

import pytest

from inbound_sms_subscriber import DynamoStore, MemoryStore
from inbound_sms_subscriber.once import Store
from tests.support.world import World

LEASE, RETENTION = 300.0, 86_400.0


@dataclass
class Clock:
    """A time that stands still unless it is moved."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Store:
    if request.param == "memory":
        return MemoryStore(LEASE, clock)
    return dynamo(request.getfixturevalue("aws"), clock)


def dynamo(aws: World, clock: Clock, consumer: str = "billing") -> DynamoStore:
    """Return a consumer's store in the world's table."""
    return DynamoStore(aws.dynamodb.plain, aws.table, consumer, LEASE, RETENTION, clock)
