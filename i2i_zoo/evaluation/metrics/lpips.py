"""Perceptual distance: to the truth, and between styles."""

from __future__ import annotations

from typing import Any, Literal

import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from ... import config
from ...errors import UserError, one_line
from ...hub.weight_files import find, read
from ...registry import metrics
from ..base import Metric, NotApplicable, Score
from ..direction import Direction, Translations, among
from .pixels import as_rgb

FILES = {  # torchvision's, which LPIPS was fitted to
    "alex": ("alexnet-owt-7be5be79.pth",),
    "vgg": ("vgg16-397923af.pth", "vgg16.tv_in1k.safetensors"),
}
SOURCE = "https://download.pytorch.org/models"
SMALLEST = 32  # pixels, of which AlexNet leaves one


class PerceptualMetric(Metric):
    """Base of the metrics by LPIPS 0.1 (Zhang et al. 2018), with torchmetrics' network and published linear weights."""

    class Config(config.Config):
        net: Literal["alex", "vgg"] = "alex"
        """Whose features are compared: AlexNet's, as in the published tables, or VGG16's."""

    def __init__(self, config: Config, direction: Direction):
        super().__init__(config, direction)
        if direction.channels not in (1, 3):
            raise NotApplicable(f"{self.name}: needs grey or RGB images, not {direction.channels} channels")
        if min(direction.size) < SMALLEST:
            raise NotApplicable(f"{self.name}: images of {direction.size} pixels are too small, {SMALLEST} are needed")
        self.net = direction.network(f"lpips_{config.net}", lambda: load_lpips(config.net))

    def distance(self, one: Tensor, other: Tensor) -> Tensor:
        """LPIPS (N,) of images (N, C, H, W) in [-1, 1]."""
        return self.net(as_rgb(one), as_rgb(other)).reshape(-1)

    def details(self) -> dict[str, Any]:
        return {"version": "0.1", "pixels": list(self.direction.size)}


@metrics.register("lpips")
class LPIPS(PerceptualMetric):
    """LPIPS to the true translations, where those are known: mean over images, at their own size."""

    scores = {"lpips": Score("LPIPS to the truth", "lower")}

    def __init__(self, config: PerceptualMetric.Config, direction: Direction):
        Metric.__init__(self, config, direction)
        self.needs_truth()
        super().__init__(config, direction)

    def see(self, batch: Translations) -> None:
        self.keep("lpips", batch.numbers, self.distance(batch.fake, batch.truth))

    def compute(self) -> dict[str, float]:
        return {"lpips": self.mean("lpips", len(self.direction.inputs))}


@metrics.register("lpips_diversity")
class LPIPSDiversity(PerceptualMetric):
    """Mean LPIPS between two translations of one input in different styles, by MUNIT's protocol: 100 inputs, 19 pairs
    of each (Huang et al. 2018, section 5). Models without styles are measured in the same way, and have 0."""

    class Config(PerceptualMetric.Config):
        inputs: PositiveInt = 100
        """The most inputs, spread evenly over the test images."""
        pairs: PositiveInt = 19
        """Pairs of translations of each input; every translation takes a style of its own."""

    scores = {"lpips_diversity": Score("LPIPS between styles", "higher")}

    def see(self, batch: Translations) -> None:
        direction, pairs = self.direction, self.config.pairs
        positions, places = among(batch.numbers, direction.chosen(self.config.inputs))
        if not positions:
            return
        real, distances = batch.real[positions], []
        styles = iter(direction.styles([batch.numbers[p] for p in positions], 2 * pairs))
        for one, other in zip(styles, styles, strict=True):
            distances.append(self.distance(direction.translate(real, one), direction.translate(real, other)))
        self.keep("pairs", places, torch.stack(distances).mean(0))

    def compute(self) -> dict[str, float]:
        return {"lpips_diversity": self.mean("pairs", len(self.direction.chosen(self.config.inputs)))}


def load_lpips(net: Literal["alex", "vgg"]) -> nn.Module:
    """LPIPS with its published weights: images (N, 3, H, W) x 2 in [-1, 1] -> (N, 1, 1, 1).

    Raises `UserError` when the weights of the features cannot be had.
    """
    from torchmetrics.functional.image.lpips import _LPIPS  # It is slow to import, and its public face only downloads.

    first, *others = FILES[net]
    path = find(first, *others, url=f"{SOURCE}/{first}")
    lpips, found = _LPIPS(net=net, pnet_rand=True), read(path)
    wanted = {f"{part}.{name}": f"features.{name}" for part, name in _layers(lpips.net)}
    try:
        lpips.net.load_state_dict({own: found[theirs] for own, theirs in wanted.items()})
    except (KeyError, RuntimeError) as error:
        raise UserError(
            f"{path}: does not hold the features of {net} that LPIPS needs ({one_line(error, 200)})"
        ) from None
    return lpips


def _layers(net: nn.Module) -> list[tuple[str, str]]:
    """(slice, name of a weight as torchvision has it) of LPIPS' features, which are cut into slices."""
    return [tuple(name.split(".", 1)) for name in net.state_dict()]
