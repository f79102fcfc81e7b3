"""Who owns an event: the cases of deduplication, each against a table."""

from math import ceil
from typing import Any, NamedTuple
from unittest.mock import Mock

import pytest

from aws_client.boto3_clients import Boto3Client
from aws_client.errors import AwsServiceError
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.publishing.deduplication import Claim, ClaimLost, ClaimsTable
from tests.support.faults import failing
from tests.support.world import FUNCTION_TIMEOUT, NOW, RETENTION, World

DEAD_AFTER = FUNCTION_TIMEOUT + 1  # Lambda stops a function at its timeout; a second for clocks that differ


class By(NamedTuple):
    """A claim by a delivery, seconds after NOW."""

    delivery: str
    at: float = 0.0
    content: str = "x"


DONE = "the publication is on record"
A = By("A")

CASES: dict[str, tuple[list[By | str], By, Claim]] = {
    "no item": ([], A, Claim.WON),
    # This delivery's own: SQS delivered its message again
    "own, published long ago": ([A, DONE], By("A", RETENTION - 2), Claim.PUBLISHED),
    "own, running perhaps on a slow clock": ([A], By("A", DEAD_AFTER), Claim.RUNNING),
    "own, certainly dead": ([A], By("A", DEAD_AFTER + 0.01), Claim.WON),
    "own clock went back": ([By("A", 100)], A, Claim.RUNNING),
    # Another delivery's: the provider sent it again
    "another's, dead for days": ([A], By("B", RETENTION - 2), Claim.DUPLICATE),
    # Different content under the same id
    "another's, different": ([A], By("B", content="y"), Claim.CONFLICT),
    "own, dead, different": ([A], By("A", 100, "y"), Claim.CONFLICT),
    "own, published, different": ([A, DONE], By("A", 2, "y"), Claim.CONFLICT),
    # Time to live over, but still there: DynamoDB deletes late
    "a moment before it expires": ([A], By("B", RETENTION - 0.01), Claim.DUPLICATE),
    "expired this moment": ([A], By("B", RETENTION), Claim.WON),
    "expired, published, different": ([A, DONE], By("B", RETENTION + 100_000, "y"), Claim.WON),
}


def make(world: World, id_: str, claim: By, **clients: Any) -> Claim:
    return world.claims(NOW + claim.at, **clients).claim(id_, claim.delivery, claim.content)


def prepare(world: World, id_: str, steps: list[By | str]) -> None:
    for step in steps:
        if isinstance(step, By):
            assert make(world, id_, step) is Claim.WON
        else:
            world.claims(NOW + 1).complete(id_, "A", "sns-1")


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
def test_who_owns_it(aws: World, lost: bool) -> None:
    """Of a lost answer, the client sends the same write again; its own first write, which the condition refuses, was
    won all the same. All cases are in one table, each under an id of its own: they don't mix.
    """
    losing, repeated = Boto3Client("dynamodb"), list[int]()

    def repeat(attempts: int, **_: Any) -> int | None:
        repeated.append(attempts)
        return 0 if attempts == 1 else None  # how long to wait before the next attempt; None: there is no other

    losing.meta.events.register_first("needs-retry.dynamodb.PutItem", repeat)
    for id_, (before, claim, outcome) in CASES.items():
        prepare(aws, id_, before)
        item_before = aws.claim_items().get(id_, {})

        assert make(aws, id_, claim, dynamodb=losing if lost else None) is outcome, id_

        item = aws.claim_items().get(id_, {})
        if outcome is Claim.WON:
            assert (item["owner"], item["fingerprint"]) == (claim.delivery, claim.content)
            assert float(item["claimed_at"]) == pytest.approx(NOW + claim.at, abs=0.001)
            assert item["expires_at"] == str(ceil(NOW + claim.at + RETENTION)), "DynamoDB ignores any other format"
            assert "published_at" not in item
        else:
            assert item == item_before, "a refused claim must leave no trace"
    assert repeated == [1, 2] * len(CASES) * lost


def test_a_refusal_without_the_item_in_its_way_rather_keeps_the_event() -> None:
    refused = AwsServiceError("PutItem", "ConditionalCheckFailedException")
    claims = ClaimsTable(Mock(put_item=Mock(side_effect=refused)), "claims", RETENTION, FUNCTION_TIMEOUT)
    assert claims.claim("1", "A", "x") is Claim.CONFLICT


def test_completing_records_when_and_as_what_and_twice_does_no_harm(aws: World) -> None:
    prepare(aws, "1", [A])
    before = aws.claim_items()["1"]
    for at, sns_id in ((2, "sns-1"), (3, "sns-2")):
        aws.claims(NOW + at).complete("1", "A", sns_id)
        assert aws.claim_items()["1"] == before | {"published_at": f"{NOW + at:.3f}", "sns_message_id": sns_id}


def test_nobody_but_the_owner_completes(aws: World) -> None:
    cases: dict[str, list[By | str]] = {"none": [], "running": [A], "done": [A, DONE]}
    for id_, before in cases.items():
        prepare(aws, id_, before)
        items = aws.claim_items()
        with pytest.raises(ClaimLost, match="ConditionalCheckFailedException"):
            aws.claims(NOW + 2).complete(id_, "B", "sns-1")

        assert aws.claim_items() == items


def test_an_error_of_the_table_is_told_without_its_text(aws: World) -> None:
    for operation, call in (
        ("PutItem", lambda claims: claims.claim("1", "A", "x")),
        ("UpdateItem", lambda claims: claims.complete("1", "A", "sns-1")),
    ):
        with pytest.raises(DependencyUnavailable, match=r"^claims table unavailable .*ThrottlingException") as caught:
            call(aws.claims(dynamodb=failing("dynamodb", operation, "ThrottlingException")))
        assert type(caught.value) is DependencyUnavailable, "it may be ours still"
        assert "must not be told" not in str(caught.value)
