"""Optimizers by name: those of timm, among them what a plugin adds to `timm.optim.default_registry`."""

from __future__ import annotations

import inspect

import torch
from timm.optim import create_optimizer_v2, get_optimizer_class
from torch import nn

from ..config import ConfigError
from ..registry import did_you_mean
from .config import Optimizer


def make_optimizer(player: nn.Module, choice: Optimizer, fused: bool = False) -> torch.optim.Optimizer:
    """An optimizer of timm over all parameters of `player`, decayed alike, in one pass over them where `fused` and it
    can; raises `ConfigError`."""
    try:
        algorithm = get_optimizer_class(choice.algorithm, bind_defaults=False)
    except ValueError:
        from timm.optim import list_optimizers

        hint = did_you_mean(choice.algorithm, list_optimizers())
        raise ConfigError(f"recipe.train.optimizer.algorithm: timm has no {choice.algorithm!r}; {hint}") from None
    betas = {"betas": choice.betas} if choice.betas and "betas" in inspect.signature(algorithm).parameters else {}
    options = {"lr": choice.lr, "weight_decay": choice.weight_decay, "filter_bias_and_bn": False, **betas}
    if fused and "fused" in inspect.signature(algorithm).parameters:
        options["fused"] = True
    try:
        return create_optimizer_v2(player, opt=choice.algorithm, **options)
    except (ValueError, TypeError, RuntimeError, AssertionError) as error:
        raise ConfigError(f"recipe.train.optimizer: {choice.algorithm!r} cannot be used so ({error})") from None
