"""An encoder made of any timm backbone: one map of features per resolution."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from ..errors import UserError
from ..hub import pretrained as weights
from .initialize import weights_are_replaced


class TimmEncoder(nn.Module):
    """Features of a timm backbone by their reduction, the factor by which height and width shrink.

    Images (N, in_channels, H, W) in [-1, 1] -> {reduction: (N, channels[reduction], H / reduction, W / reduction)},
    where H and W are multiples of `stride`, the largest reduction. Maps of equal size, as all of a vision transformer
    are, come concatenated. Given a `stride`, the backbone ends there: what comes after it is left out. `UserError`
    where timm has no such backbone, it gives no features that a U-Net can join or none of that stride, or its
    pretrained weights cannot be had.
    """

    @torch.inference_mode(False)  # A caller may be about to translate, and `_cut` needs gradients.
    def __init__(self, name: str, pretrained: bool, in_channels: int, stride: int | None = None):
        super().__init__()
        self.backbone = _find(name, in_channels)
        known = _shape(self.backbone)[0]
        if stride and stride not in known:
            known = ", ".join(map(str, sorted({*known})))
            raise UserError(f"timm's {name!r} has no features of stride {stride}; known: {known}")
        options = {"out_indices": [i for i, one in enumerate(known) if one <= stride]} if stride else {}
        if stride:
            self.backbone = _create(name, in_channels, **options)
        self.channels: dict[int, int] = defaultdict(int)
        for reduction, channels in zip(*_shape(self.backbone), strict=True):
            self.channels[reduction] += channels
        self.stride = max(self.channels)
        scale, shift = weights.rescaling(self.backbone, in_channels)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", shift, persistent=False)
        _probe(self, name, in_channels)
        if pretrained and not weights_are_replaced():
            with weights.without_warnings("timm"):  # It warns of weights that features have no use for.
                self.backbone = _create(name, in_channels, **_pretrained(name), **options)
        if stride:
            _cut(self, in_channels)

    def forward(self, images: Tensor) -> dict[int, Tensor]:
        maps = defaultdict(list)
        channels_last = getattr(self.backbone, "output_fmt", None) == "NHWC"
        found = self.backbone(images * self.scale + self.shift)
        for reduction, features in zip(_shape(self.backbone)[0], found, strict=True):
            maps[reduction].append(rearrange(features, "n h w c -> n c h w") if channels_last else features)
        return {reduction: torch.cat(features, dim=1) for reduction, features in maps.items()}


def _find(name: str, in_channels: int) -> nn.Module:
    import timm  # It is slow to import, and only this generator needs it.

    if not timm.is_model(name):
        close = get_close_matches(name, timm.list_models(), n=1)
        hint = f"did you mean {close[0]!r}?" if close else "timm.list_models() names them all"
        raise UserError(f"timm has no backbone called {name!r}; {hint}")
    try:
        return _create(name, in_channels)
    except Exception as error:  # Every family of timm fails in its own way.
        raise UserError(f"timm's {name!r} cannot give the features that timm_unet needs: {error}") from error


def _pretrained(name: str) -> dict[str, Any]:
    try:
        return weights.found(name)
    except UserError as error:
        raise UserError(f"{error}; or begin without them: model.generator.pretrained=false") from error


def _create(name: str, in_channels: int, **options: Any) -> nn.Module:
    """Ask for a backbone that takes images of any size: transformers have two ways to say so, the others need none."""
    import timm

    options |= {"features_only": True, "in_chans": in_channels}
    for flexible in ({"dynamic_img_size": True}, {"strict_img_size": False}):
        try:
            return timm.create_model(name, **options, **flexible)
        except TypeError:  # This family has no such option.
            continue
    return timm.create_model(name, **options)


def _shape(backbone: nn.Module) -> tuple[list[int], list[int]]:
    """Return the reduction and the channels of each map of features."""
    return backbone.feature_info.reduction(), backbone.feature_info.channels()


@torch.enable_grad()
def _cut(encoder: TimmEncoder, in_channels: int) -> None:
    """Put nothing in place of the parts of the backbone that no feature depends on; timm keeps them and runs them."""
    side, backbone = 2 * encoder.stride, encoder.backbone
    features = encoder.eval()(torch.zeros(1, in_channels, side, side))
    encoder.train()
    total = torch.stack([each.sum() for each in features.values()]).sum()
    names, parameters = zip(*backbone.named_parameters(), strict=True)
    gradients = torch.autograd.grad(total, parameters, allow_unused=True)
    used = {name for name, gradient in zip(names, gradients, strict=True) if gradient is not None}
    for path, module in list(backbone.named_modules()):
        own = [f"{path}.{name}" for name, _ in module.named_parameters()]
        if own and path and used.isdisjoint(own):
            parent, _, child = path.rpartition(".")
            setattr(backbone.get_submodule(parent), child, nn.Identity())


@torch.no_grad()
def _probe(encoder: TimmEncoder, name: str, in_channels: int) -> None:
    """Refuse a backbone that takes one image size only, or whose features a U-Net cannot join."""
    if odd := [reduction for reduction in encoder.channels if reduction & (reduction - 1)]:
        raise UserError(f"timm's {name!r} shrinks images by {odd[0]}, and timm_unet needs a power of two")
    height, width = 2 * encoder.stride, 3 * encoder.stride
    try:
        features = encoder.eval()(torch.zeros(1, in_channels, height, width))
    except Exception as error:
        raise UserError(f"timm's {name!r} does not take images of any size, as timm_unet needs: {error}") from error
    finally:
        encoder.train()
    for reduction, found in features.items():
        expected = (1, encoder.channels[reduction], height // reduction, width // reduction)
        if tuple(found.shape) != expected:
            raise UserError(f"timm's {name!r} gives features of shape {tuple(found.shape)} instead of {expected}")
