"""Mutants of a module: its code with one small thing wrong, each.

What is left alone: docstrings, type annotations, descriptions of fields, what makes a dataclass (it guards us against
ourselves), and the words that are only for people, in log lines and errors.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

_SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.And: (ast.Or,), ast.Or: (ast.And,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,), ast.Div: (ast.Mult,), ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,),
}  # fmt: skip
_LEFT_ALONE = {"dataclass", "logger.debug", "logger.info", "logger.warning", "logger.error", "TypeVar"}
_LEFT_ALONE |= {
    "InvalidPayload",
    "DependencyUnavailable",
    "Refused",
    "ConfigurationError",
    "Garbled",
    "OSError",
    "ssl.SSLError",
    "_Deleted",
    "ValueError",
    "PydanticCustomError",
    "error.errors",  # of pydantic, asked to leave out the input, which nothing then reads
}


@dataclass(frozen=True)
class Mutant:
    """A module with one thing wrong. Its name stays the same while its line does, wherever that moves to.

    `statement` is the line where the innermost statement begins that it is in; `function` is the outermost function
    that it is in, by its qualified name, empty outside of any.
    """

    name: str
    line: int
    statement: int
    tree: ast.Module
    function: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Gives every mutant of a module."""
    tree = ast.parse(source)
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    for path, node in list(_places(tree, ())):
        for changed in _changes(node):
            before, after = _shown(node), _shown(changed)
            if before == after:
                continue
            line = node.lineno
            name = f"{lines[line - 1].strip()} | {before} -> {after}"
            seen[name] += 1
            copy = deepcopy(tree)
            _put(copy, path, deepcopy(changed))
            ast.fix_missing_locations(copy)
            name = name if seen[name] == 1 else f"{name} ({seen[name]})"
            yield Mutant(name, line, _statement(tree, path), copy, _function(tree, path))


def telling(source: str, teller: str) -> ast.Module:
    """Gives the module with a call of `teller`, with the line, before each statement inside of a function."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in {each: None for function in functions for each in ast.walk(function)}:
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list):
                setattr(node, name, [each for part in block for each in (_told(part, teller), part)])
    return ast.fix_missing_locations(tree)


def _told(statement: ast.stmt, teller: str) -> ast.stmt:
    call = ast.Expr(ast.Call(ast.Name(teller, ast.Load()), [ast.Constant(statement.lineno)], []))
    return ast.copy_location(call, statement)


def _statement(tree: ast.Module, path: tuple[Any, ...]) -> int:
    node: Any = tree
    line = 1
    for field, index in path:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
        line = node.lineno if isinstance(node, ast.stmt) else line
    return line


def _function(tree: ast.Module, path: tuple[Any, ...]) -> str:
    node: Any = tree
    names = []
    for field, index in path:
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
        if isinstance(node, ast.FunctionDef):
            return ".".join([*names, node.name]) if field == "body" else ""
        node = getattr(node, field) if index is None else getattr(node, field)[index]
    return ""


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:100]


def _places(node: ast.AST, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Gives every expression and statement that may be changed, with the way to it."""
    if path and isinstance(node, ast.expr | ast.stmt | ast.ExceptHandler):
        yield path, node
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "type_params"} or _is_left_alone(node, field):
            continue
        if isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, ast.AST) and not _is_docstring(each) and not _is_import(each):
                    yield from _places(each, (*path, (field, index)))
        elif isinstance(value, ast.AST):
            yield from _places(value, (*path, (field, None)))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_import(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_left_alone(node: ast.AST, field: str) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "description"
    if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Enum" for base in node.bases):
        return True
    return isinstance(node, ast.Call) and field in {"args", "keywords"} and ast.unparse(node.func) in _LEFT_ALONE


def _changes(node: Any) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a table in the shape of a match
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                for other in _SWAPS.get(type(operator), ()):
                    yield _with(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])
        case ast.BoolOp() | ast.BinOp() | ast.AugAssign():
            for other in _SWAPS.get(type(node.op), ()):
                yield _with(node, op=other())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield _with(node, value=not node.value)
        case ast.Constant(value=int() | float()):
            yield _with(node, value=node.value + 1)
        case ast.Constant(value=str()):
            yield _with(node, value=node.value + "x")
        case ast.Constant(value=bytes()):
            yield _with(node, value=node.value + b"x")
        case ast.If() | ast.While() | ast.IfExp():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Return(value=ast.expr()) if not (
            isinstance(node.value, ast.Constant) and node.value.value in {None, False}  # True stands for False, above
        ):
            yield _with(node, value=ast.Constant(None))
        case ast.Expr(value=ast.Call()) if ast.unparse(node.value.func) not in _LEFT_ALONE:
            yield ast.Pass()
        case ast.Raise():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.ExceptHandler(type=ast.expr()):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            for index in range(len(kinds)):
                yield _with(node, type=ast.Tuple([*kinds[:index], *kinds[index + 1 :]], ast.Load()))
        case ast.Call() if ast.unparse(node.func) not in _LEFT_ALONE:
            for index, keyword in enumerate(node.keywords):
                if keyword.arg not in {None, "description"}:
                    yield _with(node, keywords=[*node.keywords[:index], *node.keywords[index + 1 :]])
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            for index, part in enumerate(node.generators):
                if part.ifs:
                    yield _with(
                        node, generators=[*node.generators[:index], _with(part, ifs=[]), *node.generators[index + 1 :]]
                    )


def _with(node: Any, **fields: Any) -> Any:
    copy = type(node)(**{name: getattr(node, name, None) for name in node._fields})
    ast.copy_location(copy, node)
    for name, value in fields.items():
        setattr(copy, name, value)
    return copy


def _put(tree: ast.Module, path: tuple[Any, ...], node: ast.AST) -> None:
    parent: Any = tree
    for field, index in path[:-1]:
        parent = getattr(parent, field) if index is None else getattr(parent, field)[index]
    field, index = path[-1]
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node
