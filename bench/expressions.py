"""DynamoDB's condition and update expressions, as far as this project uses them: read by their grammar, not by what
they are meant to say. Anything else is an error.

`verification/crash_points/test_simulated_aws.py` holds it against moto.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

Value = Mapping[str, str]  # {"S": "text"} or {"N": "1.5"}
Item = Mapping[str, Value]
Condition = Callable[["Operands"], bool]

_TOKEN = re.compile(r"\s*(?:([#:]?\w+)|(<>|<=|>=|[=<>(),]))")
_COMPARE: dict[str, Callable[[Decimal | str, Decimal | str], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]  # both are of one type, `_comparison` sees to it
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


class Invalid(Exception):
    """DynamoDB would refuse the request itself (ValidationException), or it is beyond what is modelled here."""


class Operands(NamedTuple):
    """What an expression speaks about."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Value]

    def value(self, token: str) -> Value | None:
        """Gives the value that a token stands for; None for an attribute that isn't there."""
        return self.values[token] if token.startswith(":") else self.item.get(self.name(token))

    def name(self, token: str) -> str:
        """Gives the attribute that a token stands for."""
        return self.names[token] if token.startswith("#") else token


def holds(expression: str, operands: Operands) -> bool:
    """Tells whether a ConditionExpression holds for an item; raises Invalid."""
    return _condition(expression)(operands)


def updated(expression: str, operands: Operands) -> dict[str, Value]:
    """Gives the item after an UpdateExpression of the form `SET a = :b, c = :d`; raises Invalid."""
    result = dict(operands.item)
    for name, token in _assignments(expression):
        value = operands.value(token)
        if value is None:
            raise Invalid(f"{token} is not there")
        result[operands.name(name)] = value
    return result


def check_placeholders(expressions: list[str], names: Mapping[str, str], values: Mapping[str, Value]) -> None:
    """Raises Invalid where a placeholder is used and not given, or given and not used."""
    used = {token for expression in expressions for token in _tokens(expression) if token[0] in "#:"}
    if used != names.keys() | values.keys():
        raise Invalid(f"placeholders: {used ^ (names.keys() | values.keys())}")


@cache
def _tokens(expression: str) -> tuple[str, ...]:
    found, position = [], 0
    while position < len(expression.rstrip()):
        match = _TOKEN.match(expression, position)
        if not match:
            raise Invalid(f"{expression!r} at {position}")
        found.append(match[1] or match[2])
        position = match.end()
    return tuple(found)


@cache
def _condition(expression: str) -> Condition:
    return _Parser(_tokens(expression)).whole()


@cache
def _assignments(expression: str) -> tuple[tuple[str, str], ...]:
    tokens = _tokens(expression)
    if len(tokens) < 2 or tokens[0].upper() != "SET":
        raise Invalid(expression)
    groups = [tokens[start : start + 4] for start in range(1, len(tokens), 4)]
    for group in groups:
        if len(group) < 3 or group[1] != "=" or group[2] in "=<>(),":
            raise Invalid(expression)
    if any(group[3:] != (",",) for group in groups[:-1]) or len(groups[-1]) != 3:
        raise Invalid(expression)
    return tuple((group[0], group[2]) for group in groups)


class _Parser:
    """`OR` binds weakest, then `AND`, then `NOT`."""

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._left = list(reversed(tokens))

    def whole(self) -> Condition:
        condition = self._any()
        if self._left:
            raise Invalid(f"left over: {self._left[-1]}")
        return condition

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda operands: any(part(operands) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._take("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda operands: all(part(operands) for part in parts)

    def _one(self) -> Condition:
        if self._take("NOT"):
            negated = self._one()
            return lambda operands: not negated(operands)
        if self._take("("):
            inner = self._any()
            self._expect(")")
            return inner
        word = self._next()
        if word in {"attribute_not_exists", "attribute_exists"}:
            self._expect("(")
            path = self._next()
            self._expect(")")
            wanted = word == "attribute_exists"
            return lambda operands: (operands.name(path) in operands.item) is wanted
        return _comparison(word, self._next(), self._next())

    def _next(self) -> str:
        if not self._left:
            raise Invalid("ends too early")
        return self._left.pop()

    def _take(self, word: str) -> bool:
        if self._left and self._left[-1].upper() == word:
            self._left.pop()
            return True
        return False

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise Invalid(f"{token} expected")


def _comparison(left: str, operator: str, right: str) -> Condition:
    """An attribute that isn't there, or a value of another type, compares to nothing (but it is `<>`)."""
    if operator not in _COMPARE:
        raise Invalid(f"unknown operator {operator}")
    compare = _COMPARE[operator]

    def compared(operands: Operands) -> bool:
        a, b = operands.value(left), operands.value(right)
        if a is None or b is None or a.keys() != b.keys():
            return operator == "<>"
        return compare(_comparable(a), _comparable(b))

    return compared


def _comparable(value: Value) -> Decimal | str:
    [(kind, text)] = value.items()
    if kind not in {"S", "N"}:
        raise Invalid(f"type {kind}")
    return Decimal(text) if kind == "N" else text
