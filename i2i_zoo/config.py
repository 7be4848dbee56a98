"""Plain data -> frozen, validated configs. Nothing unknown passes, nothing is silently converted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator
from pydantic_core import PydanticCustomError, core_schema

from .errors import UserError, printable
from .registry import Registry, UnknownName, did_you_mean

# A recipe or a checkpoint from elsewhere must not be able to ask for more than any machine holds.
Pixels = Annotated[int, Field(ge=1, le=2**14)]
Width = Annotated[int, Field(ge=1, le=2**13)]
Layers = Annotated[int, Field(ge=1, le=12)]  # Each layer doubles something.
Blocks = Annotated[int, Field(ge=0, le=256)]
Count = Annotated[int, Field(ge=1, le=2**40)]
Pair = Annotated[tuple[Pixels, Pixels], Strict(False)]  # TOML and JSON know lists only.
TwoNames = Annotated[tuple[str, str], Strict(False)]
Size = Pixels | Pair
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
MOST_LINES = 20  # mistakes in one message


class ConfigError(UserError, ValueError):
    """The mistakes in a config, one per line, each with the path of the value."""


class Config(BaseModel):
    """Base of every config. Attribute docstrings become the descriptions of `i2i show` and `i2i schema`."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )
    name: ClassVar[str] = ""  # `Registry.register` sets it and the owner.
    owner: ClassVar[type | None] = None

    @model_validator(mode="before")
    @classmethod
    def _prepare(cls, data: Any) -> Any:
        """Refuse unknown keys with a suggestion; a nested table without a `name` changes the default one."""
        if not isinstance(data, Mapping):
            return data
        for key in data:
            if key not in cls.model_fields and not (key == "name" and cls.name):
                raise PydanticCustomError(
                    "unknown_key", "no such key; " + _braces(did_you_mean(str(key), cls.model_fields)), {"key": key}
                )
        fields = cls.model_fields
        return {key: _over(fields[key].default, value) for key, value in data.items() if key in fields}

    @classmethod
    def parse(cls, data: Mapping[str, Any], path: str = "recipe") -> Self:
        """Validate `data`, or raise `ConfigError` with a line per mistake, each beginning with `path`."""
        try:
            return cls.model_validate({k: v for k, v in data.items() if not (k == "name" and cls.name)})
        except ValidationError as error:
            try:
                lines = list(islice(_lines(error, path), MOST_LINES + 1))
            except UnicodeEncodeError:  # JSON and command lines may hold half a character.
                lines = [f"{path}: holds text that is no Unicode"]
            if len(lines) > MOST_LINES:
                lines[-1] = f"{path}: there are more mistakes"
            raise ConfigError("\n".join(lines)) from None

    def build(self, *args: Any, **kwargs: Any) -> Any:
        """Make the object that this config describes: `owner(config, *args, **kwargs)`."""
        assert self.owner is not None, f"{type(self).__qualname__} belongs to no registered class"
        return self.owner(self, *args, **kwargs)

    def dump(self) -> dict[str, Any]:
        """JSON-able data from which `parse` makes an equal config."""
        return ({"name": self.name} if self.name else {}) | self.model_dump(mode="json")


def toml(value: Any) -> str:
    """A JSON-able value on one line of TOML, as overrides have it; what is None in a table is left out."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key} = {toml(one)}' for key, one in value.items() if one is not None)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


class Choice:
    """The annotation of a field that holds the config of any class of a registry: a table with a `name`.

    `generator: Annotated[Config, Choice(generators)]` takes `{name = "resnet", blocks = 6}`. `but` is the name of a
    class that cannot be chosen there, such as the one that the field belongs to.
    """

    def __init__(self, registry: Registry, but: str | None = None):
        self.registry, self.but = registry, but

    @property
    def names(self) -> list[str]:
        """The names that can be chosen."""
        return [name for name in self.registry if name != self.but]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(Config.dump)
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        tables = []
        for name in self.names:
            table = self.registry[name].Config.model_json_schema()
            table = _inlined(table, table.pop("$defs", {}))
            properties = {"name": {"const": name}} | table.get("properties", {})
            tables.append(
                table | {"properties": properties, "required": []}
            )  # The table that it extends may have them.
        return {"anyOf": tables}

    def _validate(self, value: Any) -> Config:
        if isinstance(value, Config) and self.registry.get(value.name) is value.owner:
            return value
        if not isinstance(value, Mapping):
            names = ", ".join(self.names)
            form = f'{{name = "{value if value in self.names else self.names[0]}"}}'
            raise PydanticCustomError("choice", f"expected a table such as {form}, with a `name`, one of: {names}")
        if "name" not in value:
            raise PydanticCustomError("choice", f"`name` is missing, one of: {', '.join(self.names)}")
        if value["name"] == self.but:
            raise PydanticCustomError("choice", f"{self.but!r} cannot be chosen within itself", {"key": "name"})
        try:
            config = self.registry[value["name"]].Config
        except UnknownName as error:
            raise PydanticCustomError("choice", _braces(str(error)), {"key": "name"}) from None
        return config.model_validate({k: v for k, v in value.items() if k != "name"})


def _over(default: Any, value: Any) -> Any:
    """A table without a `name` changes the default choice, if there is one; any other value replaces it."""
    changes = isinstance(default, Config) and default.name and isinstance(value, Mapping) and "name" not in value
    return default.dump() | dict(value) if changes else value


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A JSON schema without references, so that it can stand inside another one."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix("#/$defs/")]
        schema = target | {key: value for key, value in schema.items() if key != "$ref"}
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")  # PydanticCustomError formats its message


_PLAIN = {  # pydantic's words -> ours
    "Input should be a valid integer": "expected an integer",
    "Input should be a valid number": "expected a number",
    "Input should be a valid string": "expected a string",
    "Input should be a valid boolean": "expected true or false",
    "Input should be a valid dictionary": "expected a table",
    "Input should be a valid tuple": "expected a list",
    "Input should be ": "expected ",
    "Field required": "missing",
    "Value error, ": "",
}


def _lines(error: ValidationError, path: str) -> Iterator[str]:
    seen = set()
    for item in error.errors(include_url=False):
        context = item.get("ctx", {})
        where = ".".join([path, *(printable(part) for part in item["loc"] if _is_key(part))])
        if isinstance(context.get("error"), ValidationError):  # A nested Choice raised it.
            yield from _lines(context["error"], where)
            continue
        if "key" in context:
            where = f"{where}.{printable(context['key'])}"
        message, got = _said(item, where)
        if (line := f"{where}: {message}{got}") not in seen:
            seen.add(line)
            yield line


def _said(item: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Return the mistake in plain words, and what was given instead unless the words name it."""
    message, given = item["msg"], item["input"]
    for theirs, ours in _PLAIN.items():
        message = message.replace(theirs, ours)
    if item["type"] == "too_long" and item["ctx"].get("max_length") == 2:
        hint = "; a model translates between two, so train one for each pair" if where.endswith(".domains") else ""
        return f"expected two of them{hint}", f", got {len(given)}"
    if item["type"] == "tuple_type" and isinstance(given, str) and "," in given:
        words = (word.strip() for word in given.strip("[]()").split(","))
        form = ", ".join(word if word.isdigit() else f'"{word}"' for word in words)
        return f"{message}: '{where.removeprefix('recipe.')}=[{printable(form)}]'", f", got {given!r:.60}"
    told = item["type"] in ("unknown_key", "choice", "missing", "value_error")
    return message, "" if told else f", got {given!r:.60}"


def _is_key(part: str | int) -> bool:
    """Return True for a key: pydantic's paths also name the types in a union, which users do not know."""
    return not re.fullmatch(r"int|float|str|bool|none|constrained-\w+|\w+\[.*\]", str(part))
