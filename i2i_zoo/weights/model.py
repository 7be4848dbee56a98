"""A model on disk: what it is (`model.json`) and what it knows (safetensors), in a folder or in one file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from .. import plugins, zoo
from ..config import Config
from ..data.preparation import Preparation
from ..data.range import Range
from ..data.range import parse as parse_ranges
from ..errors import FileError, Notice, UserError, one_line, pasted, printable
from ..interop.load import load_official
from ..models.base import Translator, freeze
from ..models.saving import FORMAT, describe, export, save_player, sizes
from ..nets.initialize import replacing_weights
from ..registry import models
from .integrity import SUMS, damage
from .locate import is_foreign, is_ours, locate

__all__ = ["build", "describe", "description", "export", "find_checkpoint", "full_description", "list_checkpoints"]
__all__ += ["is_ours", "load", "load_player", "newest_samples", "read_tensors", "save_player", "saved_ranges"]
MOST_CHANNELS = 2**14


def build(text: str, path: Path) -> Translator:
    """The model that a `model.json` describes, with random weights; raises `UserError` that names `path`."""
    try:
        facts = json.loads(text)
        known, _ = facts["format"] <= FORMAT, facts["model"]["name"]
        domains, channels = facts["domains"], facts["channels"]
        absent = tuple(map(str, facts.get("absent", ())))
        if not isinstance(facts.get("preparation"), dict | None):
            raise TypeError("preparation is a table")
        if not (all(type(one) is str for one in domains) and all(type(one) is int for one in channels)):
            raise TypeError("domains are names and channels numbers")
        if facts["format"] < 1:
            raise ValueError("there is no such format")
        if max(channels, default=1) > MOST_CHANNELS:
            raise ValueError(f"more than {MOST_CHANNELS} channels")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {one_line(error)}"
        raise UserError(f"{path}: is not a model description of i2i_zoo ({reason})") from None
    if not known:
        raise UserError(f"{path}: format {facts['format']} is newer than this i2i_zoo reads ({FORMAT}); update i2i_zoo")
    config = _config(facts, path)
    try:
        with replacing_weights():
            model = config.build(domains, channels)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except (RuntimeError, MemoryError) as error:  # torch reports a lack of memory as a RuntimeError.
        raise UserError(f"{path}: the model it describes cannot be built ({one_line(error)})") from None
    model.missing_networks, model.preparation = absent, _preparation(facts, path)
    model.provenance = provenance if isinstance(provenance := facts.get("provenance"), dict) else {}
    model.ranges = parse_ranges(facts.get("ranges", {}), model.domains, path)
    return model


def _config(facts: Mapping[str, Any], path: Path) -> Config:
    """The model's, with the plugins that the file names as far as they ran here before; raises `UserError`."""
    name, kept = facts["model"]["name"], facts.get("plugins")
    hint = plugins.recall(kept)
    if name not in models:
        if not hint and "module" in facts:
            where = printable(facts["module"])
            hint = f"if you trust its module, set the environment variable I2I_PLUGINS={where}"
        if hint:
            raise UserError(f"{path}: no model is called {name!r:.80}; {hint}")
    try:
        config = models[name].Config.parse(facts["model"], path=f"{path}: model")
    except UserError as error:
        raise (UserError(f"{error}; {hint}") if hint else error) from None
    for changed in plugins.changed(kept):
        warnings.warn(Notice(f"{path}: its plugin {changed} has changed since the run was trained"), stacklevel=2)
    return config


def _preparation(facts: Mapping[str, Any], path: Path) -> Preparation | None:
    """Read how images were prepared for a model; older files say it in their recipe, if they have one."""
    if facts.get("preparation") is not None:
        return Preparation.parse(facts["preparation"], path=f"{path}: preparation")
    try:
        data = {} if "preparation" in facts else facts["provenance"]["recipe"]["data"]
        size = data["size"]
        return Preparation(size=size if isinstance(size, list) else (size, size), fit=data.get("fit", "stretch"))
    except (KeyError, TypeError, AttributeError, ValueError):  # pydantic's error is a ValueError.
        return None


def saved_ranges(checkpoint: Path) -> dict[str, Range]:
    """The ranges of stored values that a checkpoint was trained with; raises `UserError`."""
    facts = description(checkpoint)
    return parse_ranges(facts.get("ranges", {}), tuple(facts["domains"]), checkpoint)


def load_player(player: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Set all weights of `player`; raises `UserError` when names or shapes are not exactly its own."""
    try:
        player.load_state_dict(dict(tensors))
    except RuntimeError as error:
        reason = one_line(error, 300)
        raise UserError(f"{path}: the weights do not fit the model it describes: {reason}") from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read all tensors of a safetensors file; raises `UserError`."""
    try:
        return load_file(path)
    except Exception as error:  # Damaged files raise SafetensorError, OSError, KeyError for a dtype torch lacks, ...
        reason = one_line(error)
        raise FileError(
            f"{path}: cannot be read as safetensors ({reason}); take another checkpoint, or get the file again"
        ) from None


def load(path: str | Path, averaged: bool = True, domains: Sequence[str] | None = None) -> Translator:
    """A trained model, in eval mode and float32: a run, a checkpoint, an exported `.safetensors` file, or a name.

    Names are those of the weights that come with i2i_zoo (`shoes/munit`), where a path that exists wins, and addresses
    on the Hub (`hf://owner/name[@revision][/file]`). Of other projects' weights, which `interop` reads, `domains` names
    A and B. `averaged` takes the averaged weights (EMA) where there are any. The weights keep no gradients until a
    `Trainer` takes the model, or `model.requires_grad_()` says so. Raises `UserError` when there is no model at
    `path`, or a damaged one.
    """
    name, path = path, locate(path)
    if is_foreign(path):
        if domains is None:
            raise UserError(
                f"{name}: holds weights of another project, which do not name their domains; say A and B: "
                '--domains horse zebra, or domains=("horse", "zebra") in Python'
            )
        return load_official(path, domains)
    if domains is not None:
        raise UserError(f"{name}: holds a model that knows its domains, or none; leave out the names of domains")
    if path.is_file():
        model = freeze(_load_file(path).eval())
        model.sheet = sheet if (sheet := zoo.sheet_file(path)).is_file() else None
        return model
    folder = find_checkpoint(path)
    try:
        text = (folder / "model.json").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise FileError(f"{folder}: its model.json cannot be read ({one_line(error)})") from None
    model = build(text, folder)
    for name in model.players:
        average = folder / f"{name}.average.safetensors"
        file = average if averaged and average.exists() else folder / f"{name}.safetensors"
        load_player(model.player(name), read_tensors(file), file)
    model.sheet = newest_samples(folder)
    return freeze(model.eval())


def newest_samples(checkpoint: Path) -> Path | None:
    """The last sample grid of a run that was drawn before or at a checkpoint; None: there is none."""
    grids = checkpoint.resolve().parents[1].glob("samples/[0-9]*.png")
    return max((grid for grid in grids if grid.stem <= checkpoint.resolve().name), default=None)


def _load_file(path: Path) -> Translator:
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
    except Exception as error:  # Damaged files raise as in `read_tensors`.
        reason = one_line(error)
        raise FileError(f"{path}: is not a safetensors file ({reason}); give a file that `i2i export` wrote") from None
    if "model.json" not in metadata:
        raise FileError(f"{path}: has no model description in its header; give a file that `i2i export` wrote")
    model, tensors = build(metadata["model.json"], path), read_tensors(path)
    for name in model.players:
        prefix = f"{name}."
        own = {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
        player, learned = model.player(name), model.learned(name)
        untouched = {key: t for key, t in player.state_dict().items() if key not in learned}
        load_player(player, own | untouched, path)
    return model


def find_checkpoint(path: Path, everything: bool = False) -> Path:
    """The checkpoint folder at `path`: itself, or the newest whole one of a run, with a `Notice` if there are newer.

    `everything` also looks for damage in what only a resumed training reads. Raises `UserError`.
    """
    if (path / "model.json").is_file() or (path / SUMS).is_file():
        return _named(path, everything)
    reasons: list[str] = []
    for folder in reversed(list_checkpoints(path)):
        if not (reason := damage(folder, everything)):
            if reasons:
                warnings.warn(f"{reasons[0]}; {folder.name} is used instead", Notice, stacklevel=2)
            return folder.resolve()
        reasons.append(f"{folder}: {reason}")
    if reasons:
        raise FileError(f"{reasons[0]}; no whole checkpoint is left in {path}, so begin a new run")
    if (
        path / "checkpoints" / "last" / "model.json"
    ).is_file():  # In a copy of a run, the link may have become a folder.
        return _named(path / "checkpoints" / "last", everything)
    if locate(path).is_file():
        raise UserError(
            f"{path}: holds weights alone; a new training can begin with them: {pasted('model.init', str(path))}"
        )
    what = "has no checkpoint yet" if path.is_dir() else "no such file or folder"
    raise FileError(f"{path}: {what}; give a run, a checkpoint or an exported .safetensors file")


def _named(path: Path, everything: bool) -> Path:
    """Return a checkpoint that was asked for by name, or raise `UserError`: none is taken in its place."""
    folder = path.resolve()
    if not (reason := damage(folder, everything)):
        return folder
    siblings = list_checkpoints(folder.parents[1]) if folder.parent.name == "checkpoints" else []
    whole = [f for f in siblings if f != folder and not damage(f, everything)]
    hint = f"the newest whole one is {whole[-1]}" if whole else "there is no whole one beside it, so begin a new run"
    raise FileError(f"{path}: {reason}; {hint}")


def list_checkpoints(run: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    return sorted(f for f in (run / "checkpoints").glob("[0-9]*") if f.name.isdigit() and f.is_dir())


def description(path: Path) -> dict[str, Any]:
    """The `model.json` of weights at `path`, which is one that `load` takes; raises `UserError` where there is none."""
    path = locate(path)
    if not path.is_file():
        return json.loads((find_checkpoint(path) / "model.json").read_text())
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {})["model.json"])
    except Exception:
        load(path)  # It raises what is wrong with the file.
        raise


def full_description(path: Path) -> dict[str, Any]:
    """The `model.json` of `description`, with the sizes that earlier files lack; only for those are weights read."""
    known = description(path)
    return known if "parameters" in known else known | sizes(load(path))
