"""Every message to the user that stands in the package, as the pieces of text that it is made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import i2i_zoo

KINDS = {"UserError", "FileError", "ConfigError", "DamagedFile", "UnknownName", "Notice"}
KINDS |= {"PydanticCustomError", "ValueError", "ImportError"}  # what becomes one of them
SIGNS = ("; ", "did you mean", "pip install", "for example", ": use ", "--")
PACKAGE = Path(i2i_zoo.__file__).parent


class Message(NamedTuple):
    """Where it is raised, and its text with `{}` for what is put in."""

    place: str
    text: str

    @property
    def advises(self) -> bool:
        """Whether it says what to do next."""
        return any(sign in self.text for sign in SIGNS)


def found() -> list[Message]:
    """The messages of all errors and notices, in the order of the files."""
    return [message for path in sorted(PACKAGE.rglob("*.py")) for message in _of(path)]


@cache
def _constants() -> dict[str, str]:
    """The texts that stand for themselves at the top of some file, by their names."""
    nodes = (node for path in PACKAGE.rglob("*.py") for node in ast.parse(path.read_text()).body)
    given = (node for node in nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    return {ast.unparse(node.targets[0]): node.value.value for node in given if isinstance(node.value.value, str)}


def _of(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text())
    scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]
    known = {scope.name: scope for scope in scopes[1:]}
    seen = set()
    for scope in reversed(scopes):  # the innermost function first
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and id(call) not in seen and _is_message(call):
                seen.add(id(call))
                text = " ".join(_text(word, scope, known) for word in call.args)
                yield Message(f"{path.relative_to(PACKAGE)}:{call.lineno}", text)


def _is_message(call: ast.Call) -> bool:
    return ast.unparse(call.func).split(".")[-1] in KINDS or "Notice" in map(ast.unparse, call.args)


def _text(node: ast.expr, scope: ast.AST, known: dict[str, ast.FunctionDef]) -> str:
    """All that the expression may say: a name stands for what its function gives it, a call for what it returns."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, scope, known) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(value, scope, known) or "{}"
        case ast.BinOp(left=left, right=right):
            return _text(left, scope, known) + _text(right, scope, known)
        case ast.IfExp(body=one, orelse=other):
            return f"{_text(one, scope, known)}|{_text(other, scope, known)}"
        case ast.Name(id=name):
            given = [
                a.value for a in ast.walk(scope) if isinstance(a, ast.Assign) and name in map(ast.unparse, a.targets)
            ]
            return "|".join(_text(value, ast.Module([], []), known) for value in given) or _constants().get(name, "")
        case ast.Call(func=ast.Name(id=name)) if name in known:
            returned = [r.value for r in ast.walk(known[name]) if isinstance(r, ast.Return) and r.value]
            return "|".join(_text(value, ast.Module([], []), known) for value in returned)
        case ast.Call(func=ast.Name(id="did_you_mean")):
            return "did you mean"
    return ""
