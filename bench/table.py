"""What a conditional write makes of an item of DynamoDB. Expressions are read and evaluated by moto."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.dynamodb.comparisons import Func, Op, get_filter_expression
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.dynamo_type import Item as MotoItem
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.executors import UpdateExpressionExecutor
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import UpdateExpressionValidator

Item = Mapping[str, Mapping[str, str]]


class ConditionFailed(Exception):
    """The condition doesn't hold."""


def written(old: Item, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item after a PutItem or an UpdateItem, where it was `old` (empty: there was none) before.

    Raises ConditionFailed, or moto's error where an expression is wrong.
    """
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    condition = request.get("ConditionExpression")
    if condition and not _condition(condition, tuple(names.items()), tuple(values)).expr(_item({**old, **values})):
        raise ConditionFailed
    if "Item" in request:
        return dict(request["Item"])
    item = _item({**request["Key"], **old})
    update = UpdateExpressionValidator(_update(request["UpdateExpression"]), names, values, item, _table()).validate()
    update.normalize()
    UpdateExpressionExecutor(update, item, names).execute()
    attributes: dict[str, Any] = item.to_json()["Attributes"]
    return attributes


@cache
def _condition(expression: str, names: tuple[tuple[str, str], ...], values: tuple[str, ...]) -> Op | Func:
    """Read a condition; its values (`:now`) are read as attributes that the item has for the time of the evaluation.

    So each condition is read once: moto takes 1 ms, and ten writes side by side would wait for each other.
    """
    aliases = {f"#value_{value[1:]}": value for value in values}
    return get_filter_expression(expression.replace(":", "#value_"), {**dict(names), **aliases}, {})


@cache
def _update(expression: str) -> Any:
    return UpdateExpressionParser.make(expression)


def _item(attributes: Item) -> MotoItem:
    return MotoItem(DynamoType(dict(attributes.get("id", {"S": ""}))), None, dict(attributes))


@cache
def _table() -> Table:
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    return Table("any", account_id="123456789012", region="eu-west-1", schema=key, attr=attributes)  # type: ignore[abstract]
