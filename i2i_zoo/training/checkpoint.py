"""A whole training on disk: from a checkpoint it continues as if it had never stopped."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn

from ..errors import UserError
from ..files import draft_folder, link
from ..speed.choice import Speed
from ..weights.integrity import seal
from ..weights.model import describe, list_checkpoints, load_player, read_tensors, save_player
from .config import TrainConfig
from .trainer import Trainer


def save(trainer: Trainer, run: Path, provenance: Mapping[str, Any]) -> None:
    """Write `run/checkpoints/<step>` and point `last` at it; then forget all but the newest `keep` and the best.

    The first process writes: all hold the same weights, pools and random state.
    """
    try:
        if trainer.accelerator.is_main_process:
            _save(trainer, run, provenance)
    finally:
        trainer.accelerator.wait_for_everyone()


def _save(trainer: Trainer, run: Path, provenance: Mapping[str, Any]) -> None:
    folder = run / "checkpoints" / f"{trainer.step:09d}"
    with draft_folder(folder) as draft:
        _write(trainer, draft, dict(provenance) | {"step": trainer.step})
        seal(draft)
    link(folder.parent / "last", folder.name)
    older = [f for f in list_checkpoints(run) if f != folder and f.resolve() != (folder.parent / "best").resolve()]
    for surplus in older[: max(len(older) - (trainer.config.keep - 1), 0)]:
        shutil.rmtree(surplus)


def _write(trainer: Trainer, folder: Path, provenance: Mapping[str, Any]) -> None:
    (folder / "model.json").write_text(describe(trainer.model, provenance))
    for name in trainer.model.players:
        player = trainer.model.player(name)
        save_player(player.state_dict(), folder / f"{name}.safetensors")
        save_optimizer(trainer.optimizers[name], player, folder / f"{name}.optimizer.safetensors")
    for name, average in trainer.averages.items():
        save_player(average.weights, folder / f"{name}.average.safetensors")
    save_player(_memory(trainer), folder / "memory.safetensors")
    state = {"step": trainer.step, "speed": trainer.speed._asdict(), "skips": trainer.skipped.state()}
    (folder / "state.json").write_text(json.dumps(state | {"random": _random_state()}))


def restore(trainer: Trainer, folder: Path) -> None:
    """Bring a new trainer of the same recipe to where `folder` was saved; raises `UserError`."""
    try:
        state = json.loads((folder / "state.json").read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{folder}: holds no state to resume from ({error})") from None
    for name in trainer.model.players:
        player, path = trainer.model.player(name), folder / f"{name}.safetensors"
        load_player(player, read_tensors(path), path)
        load_optimizer(trainer.optimizers[name], player, folder / f"{name}.optimizer.safetensors")
    for name, average in trainer.averages.items():
        tensors = read_tensors(folder / f"{name}.average.safetensors")
        average.weights = {key: tensors[key].to(own.device) for key, own in average.weights.items()}
    trainer.step = state["step"]
    memory = read_tensors(folder / "memory.safetensors")
    try:
        trainer.skipped.restore(state.get("skips", {}))
        trainer.speed = Speed(**state["speed"]) if "speed" in state else _speed_of_before(trainer.config)
        _remember(trainer, memory, state["random"])
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder}: holds no state that this i2i_zoo can resume from ({error!r})") from None


def _speed_of_before(config: TrainConfig) -> Speed:
    """The speed of a checkpoint that does not say it: the recipe's precision, and plain otherwise."""
    return Speed("bf16" if config.precision == "bf16" else "fp32")


def _memory(trainer: Trainer) -> dict[str, Tensor]:
    """Buffers that belong to no player (image pools), and torch's random state."""
    buffers = {
        f"model.{name}": t.detach().cpu() for name, t in trainer.model.named_buffers() if not _owned(trainer, name)
    }
    tensors = buffers | {"rng.torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["rng.cuda"] = torch.cuda.get_rng_state()
    return tensors


def _random_state() -> dict[str, Any]:
    """The random state of Python and NumPy, JSON-able."""
    version, words, gauss = random.getstate()
    generator, keys, *position = np.random.get_state(legacy=True)
    return {"python": [version, words, gauss], "numpy": [generator, keys.tolist(), *position]}


def _remember(trainer: Trainer, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    for key, tensor in tensors.items():
        if key.startswith("model."):
            module, _, name = key.removeprefix("model.").rpartition(".")
            setattr(trainer.model.get_submodule(module), name, tensor.to(trainer.accelerator.device))
    torch.set_rng_state(tensors["rng.torch"])
    if torch.cuda.is_available() and "rng.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["rng.cuda"])
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    generator, keys, *position = state["numpy"]
    np.random.set_state((generator, np.array(keys, dtype=np.uint32), *position))


def _owned(trainer: Trainer, buffer: str) -> bool:
    return buffer.split(".")[0] in trainer.model.players


def save_optimizer(optimizer: torch.optim.Optimizer, player: nn.Module, path: Path) -> None:
    """Write the state by parameter name: tensors as tensors, numbers and the groups' options as JSON in the header."""
    names, state = [name for name, _ in player.named_parameters()], optimizer.state_dict()
    values = {f"{names[i]}.{key}": value for i, entry in state["state"].items() for key, value in entry.items()}
    tensors = {key: value for key, value in values.items() if isinstance(value, Tensor)}
    numbers = {key: value for key, value in values.items() if key not in tensors}
    save_player(
        tensors, path, {"numbers": json.dumps(numbers), "groups": json.dumps(state["param_groups"], default=_encode)}
    )


def load_optimizer(optimizer: torch.optim.Optimizer, player: nn.Module, path: Path) -> None:
    """Restore what `save_optimizer` wrote; raises `UserError`."""
    tensors = read_tensors(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    index = {name: i for i, (name, _) in enumerate(player.named_parameters())}
    state: dict[int, dict[str, Any]] = {}
    try:
        for key, value in chain(tensors.items(), json.loads(metadata["numbers"]).items()):
            name, _, slot = key.rpartition(".")
            state.setdefault(index[name], {})[slot] = value
        groups = json.loads(metadata["groups"], object_hook=_decode)
        if any(own.keys() - saved.keys() for own, saved in zip(optimizer.param_groups, groups, strict=True)):
            raise ValueError("another algorithm")
        optimizer.load_state_dict({"state": state, "param_groups": groups})
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(f"{path}: does not fit the optimizer of the recipe ({error!r})") from None


def _encode(value: Any) -> Any:
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    return {"tensor": value.tolist(), "dtype": str(value.dtype).removeprefix("torch.")}


def _decode(table: dict[str, Any]) -> Any:
    dtype = getattr(torch, table.get("dtype", ""), None)
    if "tensor" in table:
        return torch.tensor(table["tensor"], dtype=dtype)
    return table if dtype is None else dtype
