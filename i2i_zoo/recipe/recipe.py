"""Recipe = model + data + train + evaluate: a TOML file, or the JSON that a run keeps of it, with overrides."""

from __future__ import annotations

import json
import os
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .. import config, plugins
from ..config import Choice, Config, ConfigError
from ..data import ImageData
from ..errors import FileError, Notice, UserError, one_line, printable
from ..evaluation.config import EvaluateConfig
from ..files import draft_file
from ..models import Translator
from ..registry import datasets, did_you_mean
from ..registry import models as model_registry
from ..training.config import TrainConfig
from .files import find, packaged
from .idle import displaced, idle, without_displaced

if TYPE_CHECKING:
    from accelerate import Accelerator

    from ..training import Trainer

__all__ = ["Recipe", "load", "packaged"]

LARGEST = 1 << 20  # bytes; recipes have a few thousand
DEEPEST = 20  # tables in tables, and files that extend files


class Recipe(Config):
    """A recipe: all that `i2i train` needs to know."""

    plugins: Annotated[tuple[str, ...], config.Strict(False)] = ()
    """Python modules that register models, networks or data sets of your own, imported first; a name is that of a
    `.py` file beside the recipe, or of a module that Python finds."""
    model: Annotated[Config, Choice(model_registry)]
    """The model, by name, and its knobs."""
    data: Annotated[Config, Choice(datasets)]
    """The training images."""
    test: Annotated[Config, Choice(datasets)] | None = None
    """Images for samples and scores; left out: the test images of `data`. What its table leaves out is as in `data`."""
    train: TrainConfig = TrainConfig()
    """Length, speed and output of the training."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """Scores of the run, and how they are computed."""
    init: Annotated[str | None, Field(json_schema_extra={"path": "model.init"})] = None
    """Weights to begin with in place of random ones: a run, a checkpoint, a .safetensors file, the name of
    packaged weights, official weights, or any of these on the Hub: hf://owner/name[@revision][/file]."""

    @model_validator(mode="before")
    @classmethod
    def _lift_init(cls, data: Any) -> Any:
        """Take `init` out of the table of the model, in which it is written, as it is no knob of the model."""
        if isinstance(data, Mapping) and "init" in data:
            raise PydanticCustomError("unknown_key", "no such key; it is a key of recipe.model", {"key": "init"})
        if isinstance(data, Mapping) and isinstance(model := data.get("model"), Mapping) and "init" in model:
            if not isinstance(model["init"], str):
                raise PydanticCustomError("unknown_key", "expected the path of weights", {"key": "model.init"})
            return {**data, "init": model["init"], "model": {k: v for k, v in model.items() if k != "init"}}
        return data

    @model_validator(mode="before")
    @classmethod
    def _complete_test(cls, data: Any) -> Any:
        """Take from `[data]` what `[test]` leaves out about its images: the root, domains, channels, sizes."""
        if not (isinstance(data, Mapping) and isinstance(data.get("data"), Mapping)):
            return data
        test = data.get("test")
        if not isinstance(test, Mapping) or test.get("name") not in datasets:
            return data
        shared = [*ImageData.Config.model_fields, "root"]
        known = datasets[test["name"]].Config.model_fields
        taken = {key: data["data"][key] for key in shared if key in known and key in data["data"]}
        return {**data, "test": taken | dict(test)}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        schema = super().__get_pydantic_json_schema__(core, handler)
        init = schema["properties"].pop("init")
        for table in schema["properties"]["model"]["anyOf"]:
            table["properties"]["init"] = init
        return schema

    def dump(self) -> dict[str, Any]:
        """Dump as `Config.dump` does, with `init` in the table of the model."""
        tables = super().dump()
        init = tables.pop("init")
        return tables | {"model": tables["model"] | ({"init": init} if init else {})}

    def save(self, path: Path) -> None:
        """Write the resolved recipe as JSON that `load` takes, whole or not at all."""
        with draft_file(path) as draft:
            draft.write_text(json.dumps(self.dump(), indent=2))

    def build_model(self) -> Translator:
        """Build the model for the domains and the size of the data; raises `ConfigError` when they do not fit."""
        try:
            model: Translator = self.model.build(self.data.domains, self.data.channels)
        except (RuntimeError, MemoryError) as error:  # torch reports a lack of memory as a RuntimeError.
            raise ConfigError(f"recipe.model: cannot be built ({one_line(error)}); make it smaller") from None
        model.preparation = self.data.preparation
        for side in self.data.crop_size:
            if side % model.stride or side < model.smallest_crop:
                raise ConfigError(
                    f"recipe.data.size: {side} does not fit the model's networks; "
                    f"take a multiple of {model.stride}, at least {model.smallest_crop}"
                )
        return model

    def build_trainer(self, model: Translator, data: ImageData, accelerator: Accelerator) -> Trainer:
        """Build the trainer of `model` on `data`, as fast as `[train]` lets it be on this machine."""
        from ..speed.choice import retain_freed_memory
        from ..training import Trainer

        trainer = Trainer(model, self.train, accelerator, self.train.choose_speed(accelerator.device))
        trainer.steps, data.stream.seed = self.train.total_steps(data.stream.epoch_length), self.train.seed
        retain_freed_memory()
        return trainer

    def build_data(self, run: Path | None = None) -> tuple[ImageData, ImageData]:
        """Build the training and the test data, set apart as in the folder `run`, if one is given that has begun."""
        data = self.data.build()
        if run:
            data.recall_tests(run)
        if self.test and (self.test.domains, self.test.channels) != (self.data.domains, self.data.channels):
            raise ConfigError("recipe.test: its domains and channels must be those of recipe.data; leave them out")
        return data, self.test.build() if self.test else data


def load(source: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of a file (`.toml`, or `.json` as a run keeps it), a run, or the name of a packaged one.

    `overrides` are `key.path=value` with TOML values; a value that is no TOML is taken as text. Raises `UserError`
    with one line for each mistake, beginning with the path of the value. A knob without effect is a `Notice`.
    """
    path = find(source)
    return resolve(read(path), overrides, kept=path.suffix == ".json")


def resolve(tables: Mapping[str, Any], overrides: Sequence[str] = (), kept: bool = True) -> Recipe:
    """The recipe of the tables that a run keeps, or of a file: not `kept`; otherwise as `load`.

    Plugin files that a run names are imported only if they have run on this machine before, as they are.
    """
    for override in overrides:
        given = plugins.beside(_override(override), Path.cwd())
        tables, kept = merge(tables, given), kept and "plugins" not in given
    named = tables.get("plugins", [])
    for name in named if isinstance(named, list | tuple) else ():
        _import(str(name), known_only=kept)
    recipe = Recipe.parse(tables)
    for line in idle(recipe):
        warnings.warn(line, Notice, stacklevel=2)
    return recipe


def _import(name: str, known_only: bool) -> None:
    try:
        if known_only and name.endswith(".py"):
            plugins.load_kept(name)
        else:
            plugins.load(name)
    except UserError:
        raise
    except Exception as error:  # The plugin is a stranger's code.
        reason = f"{type(error).__name__}: {one_line(error)}"
        raise ConfigError(f"recipe.plugins: cannot import {name!r} ({reason})") from None


def read(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The tables of a recipe file, merged over those of the file that it `extends`."""
    try:
        if (path := path.resolve()) in seen:
            raise UserError(f"{path}: extends itself, by way of {', '.join(p.name for p in seen)}")
        if path.exists() and not (path.is_file() and path.stat().st_size <= LARGEST):  # A pipe never ends.
            raise ValueError(f"it is no file of at most {LARGEST} bytes")
        text = path.read_text(encoding="utf-8-sig")  # Editors on Windows begin with a byte order mark.
        tables = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        _check_depth(tables, len(seen))
    except UserError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise FileError(f"{printable(path, 300)}: cannot be read as a recipe ({one_line(error)})") from None
    if not isinstance(tables, dict):
        raise UserError(f"{path}: is not a recipe, which is a table")
    if path.suffix != ".json":  # In JSON a run keeps every key.
        _check_length(tables, path)
        tables = plugins.beside(tables, path.parent)
    parent = tables.pop("extends", None)
    if parent is None:
        return tables
    if not isinstance(parent, str):
        raise ConfigError(f"recipe.extends: expected the path of a file, got {parent!r:.60} (in {path})")
    near = path.parent / Path(parent).expanduser()
    there = os.path.exists(near)  # `os.path` returns False for a name that is too long; pathlib raises.
    known = {} if there else packaged()
    if not (there or near.suffix or parent in known):
        hint = did_you_mean(parent, known)
        hint = hint if hint.startswith("did") else "`i2i list` shows those that come with i2i_zoo"
        raise FileError(
            f"{path}: extends {parent!r:.80}, which is neither a file beside it nor the name of a recipe; {hint}"
        )
    return merge(read(known.get(parent, near), (*seen, path)), tables)


def _check_length(tables: Mapping[str, Any], path: Path) -> None:
    train = tables.get("train")
    if isinstance(train, Mapping) and {"steps", "epochs"} <= train.keys():
        raise ConfigError(f"recipe.train: has both steps and epochs (in {path}); keep one of them")


def _check_depth(value: Any, depth: int) -> None:
    """Raise `ValueError` for tables and lists within each other without end, which would exhaust every function."""
    level = [value]
    while level:
        if (depth := depth + 1) > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        inner = (one.values() if isinstance(one, Mapping) else one for one in level if isinstance(one, Mapping | list))
        level = [part for values in inner for part in values]


def merge(below: Mapping[str, Any], above: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """`above` over `below`, table by table; a table with another `name` starts afresh.

    In `train`, `steps` above takes the place of `epochs` below, in `data` `test` that of `test_folders`, and the other
    way around, which is a `Notice`. `place` is the path of the tables in the recipe.
    """
    if "name" in above and above["name"] != below.get("name"):
        return dict(above)
    merged = dict(below)
    for key, value in above.items():
        if value or (value is not None and place == "train"):  # `data.test = 0` sets nothing aside.
            if line := displaced(merged, place, key, value):
                warnings.warn(line, Notice, stacklevel=2)
            merged = without_displaced(merged, place, key)
        both = isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
        merged[key] = merge(below[key], value, f"{place}.{key}".lstrip(".")) if both else value
    return merged


def _override(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UserError(f"{text!r}: an override is written key=value, for example train.steps=1000")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value
    except (ValueError, RecursionError) as error:  # These are numbers of thousands of digits, and lists without end.
        raise UserError(f"{text[:80]!r}: the value cannot be read ({one_line(error)})") from None
    try:
        _check_depth(parsed, key.count("."))
    except ValueError as error:
        raise UserError(f"{text[:80]!r}: {error}") from None
    for part in reversed(key.strip().split(".")):
        parsed = {part: parsed}
    return parsed
