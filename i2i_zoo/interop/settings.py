"""`config.yaml` of MUNIT and UNIT: what tensors cannot tell, and the weights of the losses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..config import Config
from ..data.preparation import Preparation
from ..errors import UserError, one_line
from ..models.munit import MUNIT
from ..models.unit import UNIT
from ..nets.multiscale import Multiscale

LARGEST = 1 << 16  # bytes; the official files have four thousand
BRACKETS = 200  # the official files have a dozen, in comments; PyYAML takes minutes over thousands
LOSSES = {  # theirs -> ours
    MUNIT: {"gan_w": "adversarial", "recon_x_w": "image", "recon_c_w": "content", "recon_s_w": "style",
            "recon_x_cyc_w": "cycle"},
    UNIT: {"gan_w": "adversarial", "recon_x_w": "image", "recon_kl_w": "kl", "recon_x_cyc_w": "cycle",
           "recon_kl_cyc_w": "cycle_kl"},
}  # fmt: skip
GENERATOR = {"dim": "width", "n_downsample": "halvings", "n_res": "blocks", "mlp_dim": "mlp_width"}
CRITIC = {"dim": "width", "n_layer": "layers", "num_scales": "scales"}
PUBLISHED = {  # what our networks have, as every published config has it
    "gen": {"pad_type": "reflect", "activ": "relu"},
    "dis": {"pad_type": "reflect", "activ": "lrelu", "norm": "none"},
}
MEND = "mend it, or move it away to go without"
OBJECTIVES = {"lsgan": "lsgan", "nsgan": "nonsaturating"}  # theirs -> ours
TYPES = {"lsgan": "lsgan", "nonsaturating": "nsgan", "vanilla": "nsgan"}  # ours -> theirs


def read(path: Path) -> dict[str, Any]:
    """The tables of the file; raises `UserError`."""
    tables = read_yaml(path)
    if not isinstance(tables, dict) or not all(isinstance(tables.get(part), dict) for part in PUBLISHED):
        raise UserError(f"{path}: is no config of MUNIT or UNIT, which has tables `gen` and `dis`; {MEND}")
    return tables


def read_yaml(path: Path) -> Any:
    """What a stranger's YAML file says; raises `UserError` for one that is too large, too deep or damaged."""
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path}: has more than {LARGEST:,} bytes, so it is no config of a training; {MEND}")
        text = path.read_text(encoding="utf-8")
        if sum(map(text.count, "[{")) > BRACKETS:
            raise UserError(f"{path}: is nested too deeply for a config of a training; {MEND}")
        return yaml.safe_load(text)
    except UserError:
        raise
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as YAML ({one_line(error, 120)}); {MEND}") from None


def check(tables: Mapping[str, Any], generator: Config | None, critic: Config | None, path: Path) -> None:
    """Raise `UserError` if the file tells of other networks than the tensors do, or of ones that we do not have."""
    for part, published in PUBLISHED.items():
        for key, ours in published.items():
            if (theirs := tables.get(part, {}).get(key, ours)) != ours:
                raise UserError(
                    f"{path}: {part}.{key} is {theirs!r}, and our networks have {ours!r} only; give weights with that"
                )
    for part, config, names in (("gen", generator, GENERATOR), ("dis", critic, CRITIC)):
        for key, knob in names.items():
            theirs, ours = tables.get(part, {}).get(key), getattr(config, knob, None)
            if theirs is not None and ours is not None and theirs != ours:
                raise UserError(
                    f"{path}: {part}.{key} is {theirs!r}, but the tensors say {ours}; give the config of this run"
                )


def knobs(model: type[MUNIT] | type[UNIT], tables: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The knobs of our model's losses that the file sets; raises `UserError` for values that are none."""
    found: dict[str, Any] = {}
    for key, knob in LOSSES[model].items():
        if key in tables:
            try:
                found[knob] = float(tables[key])  # YAML takes 1e-4 for text.
            except (TypeError, ValueError):
                raise UserError(f"{path}: {key} is {tables[key]!r:.60}, which is no number; {MEND}") from None
    objective = tables.get("dis", {}).get("gan_type", "lsgan")
    if objective not in OBJECTIVES:
        raise UserError(f"{path}: dis.gan_type is {objective!r:.60}, not one of {', '.join(OBJECTIVES)}; {MEND}")
    return found | {"gan": {"objective": OBJECTIVES[objective]}}


def preparation(path: Path) -> Preparation | None:
    """The preparation of images that the file tells: the smaller side becomes `new_size`, and a crop is taken of it."""
    tables = read(path)
    side = tables.get("new_size")
    try:
        return Preparation(size=(side, side), fit="cover") if side is not None else None
    except ValueError:
        raise UserError(f"{path}: new_size is {side!r:.60}, which is no number of pixels; {MEND}") from None


def critic_of(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs of the discriminator, for when its weights are not there."""
    return {ours: tables.get("dis", {})[theirs] for theirs, ours in CRITIC.items() if theirs in tables.get("dis", {})}


def text(model: MUNIT | UNIT) -> str:
    """A `config.yaml` from which the official code builds the networks of `model`, and trains with its losses.

    Learning rate and schedule are the published ones, as is the size of images if the model knows none.
    """
    generator, critic = model.config.generator, model.config.discriminator
    assert isinstance(critic, Multiscale.Config)
    gen = {key: getattr(generator, knob) for key, knob in GENERATOR.items() if hasattr(generator, knob)}
    style = {"style_dim": model.config.style_dim} if isinstance(model, MUNIT) else {}
    dis = {key: getattr(critic, knob) for key, knob in CRITIC.items()}
    channels = dict(zip(("input_dim_a", "input_dim_b"), model.channels.values(), strict=True))
    tables = {key: getattr(model.config, knob) for key, knob in LOSSES[type(model)].items()} | channels
    tables["gen"] = gen | style | PUBLISHED["gen"]
    tables["dis"] = dis | PUBLISHED["dis"] | {"gan_type": TYPES[model.config.gan.objective]}
    height, width = model.preparation.size if model.preparation else (SIDE, SIDE)
    tables |= {"new_size": min(height, width), "crop_image_height": height, "crop_image_width": width}
    return yaml.safe_dump(TRAINING | tables | {"vgg_w": model.config.perceptual.weight}, sort_keys=False)


SIDE = 256  # of the images of most published configs
TRAINING = {  # as in every published config
    "init": "kaiming", "lr": 0.0001, "lr_policy": "step", "step_size": 100000, "gamma": 0.5,
    "beta1": 0.5, "beta2": 0.999, "weight_decay": 0.0001, "batch_size": 1, "max_iter": 1000000, "num_workers": 8,
    "data_root": "./datasets/", "image_save_iter": 10000, "image_display_iter": 500, "display_size": 16,
    "snapshot_save_iter": 10000, "log_iter": 10,
}  # fmt: skip
