"""Configs as a flat list of knobs, for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic_core import PydanticUndefined

from ..config import Config


class Knob(NamedTuple):
    path: str
    value: str
    kind: str
    meaning: str


def knobs(config: Config | type[Config], prefix: str = "") -> Iterator[Knob]:
    """Every knob of a config with its value, or of a config class with its default; nested tables follow their name."""
    cls = config if isinstance(config, type) else type(config)
    kinds = cls.model_json_schema().get("properties", {})
    for name, field in cls.model_fields.items():
        value = field.get_default(call_default_factory=True) if config is cls else getattr(config, name)
        extra = field.json_schema_extra  # A field may be written elsewhere than it is kept.
        path = prefix + (str(extra.get("path", name)) if isinstance(extra, dict) else name)
        meaning = " ".join((field.description or "").split())
        if isinstance(value, Config):
            yield Knob(path + (".name" if value.name else ""), value.name, "table", meaning)
            yield from knobs(value, f"{path}.")
        else:
            yield Knob(path, _text(value), _kind(kinds.get(name, {})), meaning)


def _text(value: Any) -> str:
    if value is PydanticUndefined:
        return "(required)"
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps({key: v.dump() if isinstance(v, Config) else v for key, v in value.items()})
    return json.dumps(value)


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema of one value in a few words."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema or schema.get("type") == "object" or any("properties" in s for s in schema.get("anyOf", ())):
        return "table"
    if "anyOf" in schema:
        return " or ".join(k for s in schema["anyOf"] if (k := _kind(s)) != "null")
    if schema.get("type") == "array":
        return "list of " + (_kind(schema["items"]) if "items" in schema else f"{len(schema.get('prefixItems', []))}")
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {schema[key]:g}" for key, sign in bounds.items() if key in schema]
    return " ".join([schema.get("type", ""), ", ".join(limits)]).strip()
