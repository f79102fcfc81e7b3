"""The simulated table decides as DynamoDB does: held against moto, over random requests."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.expressions import Invalid, Operands, holds, updated
from inbound_sms.errors import AwsRefused
from tests.support.world import World
from verification.crash_points.simulated_aws import Stores, carry_out, thaw

ATTRIBUTES = {"owner": "S", "fingerprint": "S", "claimed_at": "N", "published_at": "N"}
VALUES = {"S": st.sampled_from(["A", "B", "a", "10", "9"]), "N": st.sampled_from(["1", "1.000", "9", "10", "-3", "0"])}


def pieces() -> st.SearchStrategy[str]:
    """Conditions on one attribute; `:owner` and so on are values of that attribute's type."""
    names = st.sampled_from(sorted(ATTRIBUTES))
    exists = st.builds("{}({})".format, st.sampled_from(["attribute_exists", "attribute_not_exists"]),
                       st.sampled_from([f"#{name}" for name in ("id", *ATTRIBUTES)]))  # fmt: skip
    compared = st.builds(lambda name, operator: f"#{name} {operator} :{name}", names,
                         st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))  # fmt: skip
    return exists | compared


def joined(terms: st.SearchStrategy[str], least: int) -> st.SearchStrategy[str]:
    """Terms in a row, some negated: `AND` has to bind more than `OR`, and `NOT` more than both."""
    signed = st.builds("{}{}".format, st.sampled_from(["", "NOT "]), terms)
    link = st.sampled_from([" AND ", " OR "])
    rows = st.lists(st.tuples(link, signed), min_size=least, max_size=4)
    return rows.map(lambda row: "".join(part for pair in row for part in pair).removeprefix(row[0][0]))


# No parentheses around one term: DynamoDB refuses redundant ones.
CONDITIONS = joined(pieces() | joined(pieces(), least=2).map("({})".format), least=1)
ITEMS = st.fixed_dictionaries({}, optional={name: VALUES[kind] for name, kind in ATTRIBUTES.items()})
FULL = st.fixed_dictionaries({name: VALUES[kind] for name, kind in ATTRIBUTES.items()})
REQUESTS = st.tuples(st.booleans(), ITEMS, CONDITIONS, FULL, st.booleans())


def typed(values: dict[str, str]) -> dict[str, Any]:
    return {name: {ATTRIBUTES[name]: value} for name, value in values.items()}


def request(key: str, drawn: tuple[bool, dict[str, str], str, dict[str, str], bool]) -> tuple[str, dict[str, Any]]:
    is_put, item, condition, values, all_old = drawn
    params: dict[str, Any] = {"TableName": "claims", "ConditionExpression": condition}
    text = condition
    if is_put:
        params["Item"] = {"id": {"S": key}} | typed(item)
    else:
        params["Key"] = {"id": {"S": key}}
        text += params.setdefault("UpdateExpression", "SET #claimed_at = :claimed_at, #owner = :owner")
    if all_old:
        params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    names = {f"#{name}": name for name in ("id", *ATTRIBUTES) if f"#{name}" in text}
    given_values = {f":{name}": value for name, value in typed(values).items() if f":{name}" in text}
    params["ExpressionAttributeNames"] = names
    if given_values:
        params["ExpressionAttributeValues"] = given_values
    return "put_item" if is_put else "update_item", params


def refusal(error: Exception) -> tuple[str, Any]:
    assert isinstance(error, AwsRefused)
    return error.code, error.details.get("Item")


def asked_of_moto(world: World, operation: str, params: dict[str, Any]) -> tuple[str, Any] | None:
    """Gives moto's refusal, or None."""
    try:
        getattr(world.dynamodb, operation)(**params | {"TableName": world.table})
    except AwsRefused as error:
        return refusal(error)
    return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(REQUESTS, min_size=1, max_size=6))
def test_the_simulated_table_decides_as_moto_does(aws: World, drawn: list[Any]) -> None:
    key, stores = str(uuid4()), Stores()
    for one in drawn:
        operation, params = request(key, one)
        stores, reply = carry_out(stores, operation, params, "token")
        assert (refusal(reply.error()) if reply.error else None) == asked_of_moto(aws, operation, params)
        item = aws.dynamodb.get_item(TableName=aws.table, Key={"id": {"S": key}}).get("Item")
        assert (thaw(dict(stores.table)[key]) if key in dict(stores.table) else None) == item


@pytest.mark.parametrize(
    "expression",
    ["", "#a", "#a =", "#a = :a AND", "(#a = :a", "#a = :a)", "#a ~ :a", "#a = :a #a = :a", "size(#a) = :a",
     "contains(#a, :a)", "#a BETWEEN :a AND :a", "attribute_exists #a"],
)  # fmt: skip
def test_what_the_evaluator_does_not_know_is_an_error(expression: str) -> None:
    with pytest.raises(Invalid):
        holds(expression, Operands({"a": {"S": "x"}}, {"#a": "a"}, {":a": {"S": "x"}}))


@pytest.mark.parametrize("expression", ["", "SET", "REMOVE #a", "SET #a", "SET #a = :a,", "SET #a = :a #b = :b",
                                        "SET #a = #a + :a", "SET #a = :a REMOVE #b"])  # fmt: skip
def test_an_update_that_the_evaluator_does_not_know_is_an_error(expression: str) -> None:
    with pytest.raises(Invalid):
        updated(expression, Operands({}, {"#a": "a", "#b": "b"}, {":a": {"S": "x"}, ":b": {"S": "x"}}))


def test_a_placeholder_too_many_or_too_few_is_an_error() -> None:
    params = {"Item": {"id": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(#id)"}
    for names in ({}, {"#id": "id", "#owner": "owner"}):
        with pytest.raises(Invalid):
            carry_out(Stores(), "put_item", params | {"ExpressionAttributeNames": names}, "token")
