"""What may leave this machine: descriptions without the paths in them, which mean nothing elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Any

_ELSEWHERE = re.compile(r"/|~|\.\.|[A-Za-z]:[\\/]|\\\\")  # How a path that leads out of the current folder begins.


def portable(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Copy tables without the keys whose values are paths that lead out of the current folder, at any depth."""
    kept = {key: value for key, value in tables.items() if not any(map(leads_out, _each(value)))}
    return {key: _inner(value) for key, value in kept.items()}


def leads_out(value: Any) -> bool:
    """Return True if `value` is a path out of the current folder."""
    return isinstance(value, str) and bool(_ELSEWHERE.match(value))


def portable_plugins(plugins: list[dict[str, str]]) -> list[dict[str, str]]:
    """Copy the record of plugins with the names of their files in place of paths."""
    return [plugin | {"path": PureWindowsPath(plugin["path"]).name} for plugin in plugins]


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return portable(value)
    return [_inner(one) for one in value] if isinstance(value, list | tuple) else value


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
