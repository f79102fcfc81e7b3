"""Who owns an event: the cases of deduplication, each against a table."""

from dataclasses import dataclass
from threading import Barrier, Thread, local
from typing import Any

import pytest

from aws_client.errors import AwsServiceError
from inbound_sms.errors import DependencyUnavailable
from inbound_sms.publishing.deduplication import Claim, ClaimsTable
from tests.support.faults import failing, losing_first_answer, new_client
from tests.support.world import FUNCTION_TIMEOUT, NOW, RETENTION, World

ID = "sinch/1"


@dataclass(frozen=True)
class Claimed:
    """A claim that was won, seconds after NOW."""

    by: str = "A"
    at: float = 0.0
    content: str = "x"


@dataclass(frozen=True)
class Completed:
    """The publication on record."""

    by: str = "A"
    at: float = 1.0


DEAD_AFTER = FUNCTION_TIMEOUT + 1  # Lambda stops a function at its timeout; a second for clocks that differ

CASES: list[tuple[str, list[Claimed | Completed], Claimed, Claim]] = [
    ("no item", [], Claimed("A"), Claim.WON),
    # This delivery's own: SQS delivered its message again
    ("own, published", [Claimed("A"), Completed("A")], Claimed("A", 2), Claim.PUBLISHED),
    ("own, published long ago", [Claimed("A"), Completed("A")], Claimed("A", RETENTION - 2), Claim.PUBLISHED),
    ("own, running since this moment", [Claimed("A")], Claimed("A"), Claim.RUNNING),
    ("own, running until its timeout", [Claimed("A")], Claimed("A", FUNCTION_TIMEOUT), Claim.RUNNING),
    ("own, running perhaps on a slow clock", [Claimed("A")], Claimed("A", DEAD_AFTER), Claim.RUNNING),
    ("own, certainly dead", [Claimed("A")], Claimed("A", DEAD_AFTER + 0.01), Claim.WON),
    ("own, from the dead-letter queue", [Claimed("A")], Claimed("A", RETENTION - 2), Claim.WON),
    ("own, taken over and running", [Claimed("A"), Claimed("A", 100)], Claimed("A", 110), Claim.RUNNING),
    ("own, taken over and dead again", [Claimed("A"), Claimed("A", 100)], Claimed("A", 200), Claim.WON),
    (
        "own, taken over and published",
        [Claimed("A"), Claimed("A", 100), Completed()],
        Claimed("A", 200),
        Claim.PUBLISHED,
    ),
    ("own clock went back", [Claimed("A", 100)], Claimed("A", 0), Claim.RUNNING),
    # Another delivery's: the provider sent it again
    ("another's, running", [Claimed("A")], Claimed("B"), Claim.DUPLICATE),
    ("another's, dead", [Claimed("A")], Claimed("B", DEAD_AFTER + 1), Claim.DUPLICATE),
    ("another's, dead for days", [Claimed("A")], Claimed("B", RETENTION - 2), Claim.DUPLICATE),
    ("another's, published", [Claimed("A"), Completed("A")], Claimed("B", 2), Claim.DUPLICATE),
    ("another's, published for days", [Claimed("A"), Completed("A")], Claimed("B", RETENTION - 2), Claim.DUPLICATE),
    # Different content under the same id
    ("another's, running, different", [Claimed("A")], Claimed("B", content="y"), Claim.CONFLICT),
    ("another's, dead, different", [Claimed("A")], Claimed("B", 100, "y"), Claim.CONFLICT),
    ("another's, published, different", [Claimed("A"), Completed("A")], Claimed("B", 2, "y"), Claim.CONFLICT),
    ("own, running, different", [Claimed("A")], Claimed("A", 0, "y"), Claim.CONFLICT),
    ("own, dead, different", [Claimed("A")], Claimed("A", 100, "y"), Claim.CONFLICT),
    ("own, published, different", [Claimed("A"), Completed("A")], Claimed("A", 2, "y"), Claim.CONFLICT),
    # Time to live over, but still there: DynamoDB deletes late
    ("expired this moment, another's", [Claimed("A")], Claimed("B", RETENTION), Claim.WON),
    ("expired, another's", [Claimed("A")], Claimed("B", RETENTION + 100_000), Claim.WON),
    ("expired, another's, published", [Claimed("A"), Completed("A")], Claimed("B", RETENTION + 1), Claim.WON),
    ("expired, another's, different", [Claimed("A")], Claimed("B", RETENTION + 1, "y"), Claim.WON),
    ("expired, own, published", [Claimed("A"), Completed("A")], Claimed("A", RETENTION + 1), Claim.WON),
    ("a moment before it expires", [Claimed("A")], Claimed("B", RETENTION - 0.01), Claim.DUPLICATE),
]


def make(world: World, claimed: Claimed, **clients: Any) -> Claim:
    return world.claims(NOW + claimed.at, **clients).claim(ID, claimed.by, claimed.content)


def prepare(world: World, steps: list[Claimed | Completed]) -> None:
    for step in steps:
        if isinstance(step, Claimed):
            assert make(world, step) is Claim.WON
        else:
            world.claims(NOW + step.at).complete(ID, step.by, "sns-1")


@pytest.mark.parametrize(("before", "claimed", "outcome"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_who_owns_it(aws: World, before: list[Claimed | Completed], claimed: Claimed, outcome: Claim) -> None:
    prepare(aws, before)
    items = aws.claim_items()

    assert make(aws, claimed) is outcome

    if outcome is Claim.WON:
        item = aws.claim_items()[ID]
        assert (item["owner"], item["fingerprint"]) == (claimed.by, claimed.content)
        assert float(item["claimed_at"]) == pytest.approx(NOW + claimed.at, abs=0.001)
        assert "published_at" not in item
    else:
        assert aws.claim_items() == items, "a refused claim must leave no trace"


def test_ids_do_not_mix(aws: World) -> None:
    claims = aws.claims()
    assert [claims.claim(id_, "A", "x") for id_ in ("sinch/1", "8x8/1", "sinch/11")] == [Claim.WON] * 3
    assert [claims.claim(id_, "B", "x") for id_ in ("sinch/1", "8x8/1", "sinch/11")] == [Claim.DUPLICATE] * 3


@pytest.mark.parametrize("now", [NOW, NOW + 0.001, NOW + 0.999])
def test_the_time_to_live_is_in_whole_seconds_and_never_too_short(aws: World, now: float) -> None:
    aws.claims(now).claim(ID, "A", "x")
    expires_at = aws.claim_items()[ID]["expires_at"]

    assert expires_at.isdigit(), "DynamoDB ignores any other format"
    assert 0 <= int(expires_at) - (now + RETENTION) < 1


@pytest.mark.parametrize(
    ("before", "claimed"),
    [
        ([], Claimed("A")),
        ([Claimed("A")], Claimed("A", DEAD_AFTER + 1)),
        ([Claimed("A"), Completed("A")], Claimed("B", RETENTION + 1)),
    ],
    ids=["new", "taken over", "expired"],
)
def test_a_claim_whose_answer_was_lost_is_won(aws: World, before: list[Claimed | Completed], claimed: Claimed) -> None:
    """The client sends the same write again, and the condition refuses it because of what it wrote itself."""
    prepare(aws, before)
    dynamodb, attempts = losing_first_answer("dynamodb", "PutItem")

    assert make(aws, claimed, dynamodb=dynamodb) is Claim.WON
    assert attempts == [1, 2]


def test_a_lost_answer_that_was_a_refusal_stays_one(aws: World) -> None:
    prepare(aws, [Claimed("A")])
    dynamodb, attempts = losing_first_answer("dynamodb", "PutItem")

    assert make(aws, Claimed("B"), dynamodb=dynamodb) is Claim.DUPLICATE
    assert make(aws, Claimed("A"), dynamodb=dynamodb) is Claim.RUNNING
    assert attempts == [1, 2, 1, 2]


def test_of_eight_deliveries_at_the_same_moment_one_wins(aws: World) -> None:
    """Nobody goes on from his first answer before all have theirs: who looks first and writes then would win too."""
    barrier, outcomes, waited = Barrier(8), list[Claim](), local()
    dynamodb = new_client("dynamodb")

    def wait_once(**_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            barrier.wait(10)

    def deliver(owner: str) -> None:
        outcomes.append(aws.claims(dynamodb=dynamodb).claim(ID, owner, "x"))

    dynamodb.meta.events.register("after-call.dynamodb", wait_once)
    threads = [Thread(target=deliver, args=(f"delivery-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(outcomes, key=lambda outcome: outcome.name) == [Claim.DUPLICATE] * 7 + [Claim.WON]


@pytest.mark.parametrize(("old", "outcome"), [(["id", "fingerprint"], Claim.DUPLICATE), ([], Claim.CONFLICT)])
def test_a_refusal_is_told_by_its_code(old: list[str], outcome: Claim) -> None:
    """Without the item that stood in its way, the event is rather kept than dropped."""

    class Table:
        def put_item(self, **put: Any) -> None:
            item = {name: put["Item"][name] for name in old} | {"owner": {"S": "B"}}
            raise AwsServiceError("PutItem", "ConditionalCheckFailedException", details={"Item": item})

    table: Any = Table()
    assert ClaimsTable(table, "claims", RETENTION, FUNCTION_TIMEOUT).claim(ID, "A", "x") is outcome


def test_completing_records_when_and_as_what(aws: World) -> None:
    prepare(aws, [Claimed("A")])
    before = aws.claim_items()[ID]
    aws.claims(NOW + 2).complete(ID, "A", "sns-1")

    assert aws.claim_items()[ID] == before | {"published_at": f"{NOW + 2:.3f}", "sns_message_id": "sns-1"}


def test_completing_twice_does_no_harm(aws: World) -> None:
    prepare(aws, [Claimed("A")])
    aws.claims(NOW + 2).complete(ID, "A", "sns-1")
    aws.claims(NOW + 3).complete(ID, "A", "sns-2")

    assert aws.claim_items()[ID]["sns_message_id"] == "sns-2"
    assert make(aws, Claimed("A", 100)) is Claim.PUBLISHED
    assert make(aws, Claimed("B", 100)) is Claim.DUPLICATE


@pytest.mark.parametrize(
    "before", [[], [Claimed("A")], [Claimed("A"), Completed("A")]], ids=["none", "running", "done"]
)
def test_nobody_but_the_owner_completes(aws: World, before: list[Claimed | Completed]) -> None:
    prepare(aws, before)
    items = aws.claim_items()
    with pytest.raises(DependencyUnavailable, match="ConditionalCheckFailedException"):
        aws.claims(NOW + 2).complete(ID, "B", "sns-1")

    assert aws.claim_items() == items


def test_without_its_table_nothing_is_claimed_or_completed(aws: World) -> None:
    aws.dynamodb.delete_table(TableName=aws.table)
    with pytest.raises(DependencyUnavailable, match=r"claims table unavailable .*ResourceNotFoundException"):
        aws.claims().claim(ID, "A", "x")
    with pytest.raises(DependencyUnavailable, match=r"claims table unavailable .*ResourceNotFoundException"):
        aws.claims().complete(ID, "A", "sns-1")


def test_an_error_is_told_without_its_text(aws: World) -> None:
    dynamodb = failing("dynamodb", "PutItem", "ThrottlingException")
    with pytest.raises(DependencyUnavailable) as caught:
        aws.claims(dynamodb=dynamodb).claim(ID, "A", "x")

    assert "ThrottlingException" in str(caught.value)
    assert "must not be told" not in str(caught.value)
