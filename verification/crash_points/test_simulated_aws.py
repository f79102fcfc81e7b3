"""The simulated table answers as moto's endpoint does, whatever the deduplication asks of it."""

from contextlib import suppress
from typing import Any

import pytest

from aws_client.errors import AwsServiceError
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.publishing.deduplication import ClaimsTable
from tests.support.world import World
from verification.crash_points.replay import Pending
from verification.crash_points.simulated_aws import Stores, carry_out, thaw


class Both:
    """A client that asks the simulated table and moto's endpoint, and compares what they answer and what they hold."""

    def __init__(self, world: World) -> None:
        self._world, self._stores = world, Stores()
        self.calls: set[str] = set()

    def __getattr__(self, operation: str) -> Any:
        def call(**params: Any) -> Any:
            self.calls.add(operation)
            self._stores, _, ours = carry_out(self._stores, Pending((), operation, params, 0, "token"))
            answer, theirs = None, None
            try:
                answer = getattr(self._world.dynamodb, operation)(**params)
            except AwsServiceError as error:
                theirs = error
            assert _said(ours) == _said(theirs)
            stored = self._world.dynamodb.scan(TableName=self._world.table)["Items"]
            assert {key: thaw(item) for key, item in self._stores.table} == {item["id"]["S"]: item for item in stored}
            if theirs:
                raise theirs
            return answer

        return call


def _said(error: Exception | None) -> object:
    return (error.code, error.details.get("Item")) if isinstance(error, AwsServiceError) else error


@pytest.mark.parametrize("order", ["ab", "ba", "aab", "abc", "bcab"])
def test_the_simulated_table_decides_as_moto_does(aws: World, order: str) -> None:
    both = Both(aws)
    for index, owner in enumerate(order):
        claims = ClaimsTable(both, aws.table, 60.0, 15.0, clock=lambda: 1_800_000_000.0 + 20 * index)  # noqa: B023
        claims.claim("acme/1", owner, "f" if owner != "c" else "another fingerprint")
        if index == 1:
            with suppress(DependencyUnavailable):  # it isn't the owner
                claims.complete("acme/1", owner, "sns-1")
        claims.claim("acme/1", owner, "f")
    assert both.calls == {"put_item", "update_item"}
