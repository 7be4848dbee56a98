"""Mean and variance of features that are seen in parts."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Mean and variance of each of `channels`, over all parts (N, C, H, W) that `see` was given (Chan et al. 1979)."""

    def __init__(self, channels: int):
        self.count = 0
        self.mean = torch.zeros(channels, dtype=torch.float64)
        self.squares = torch.zeros(channels, dtype=torch.float64)  # summed distances from the mean, squared

    def see(self, part: Tensor) -> None:
        """Add the features of a part."""
        variance, mean = var_mean(part)
        count = part.numel() // part.shape[1]
        jump, total = mean - self.mean, self.count + count
        self.mean = self.mean + jump * (count / total)
        self.squares = self.squares + variance * count + jump.square() * (self.count * count / total)
        self.count = total

    def over(self, groups: int) -> tuple[Tensor, Tensor]:
        """Biased variance and mean (groups,) of neighboring channels together, float64."""
        mean = self.mean.view(groups, -1)
        variance = (self.squares / self.count).view(groups, -1)
        together = mean.mean(1)
        return variance.mean(1) + (mean - together[:, None]).square().mean(1), together


def var_mean(part: Tensor) -> tuple[Tensor, Tensor]:
    """Biased variance and mean (C,) of features (N, C, H, W), float64 on the CPU.

    As batch norm finds them: it alone is quick for channels-last features on a CPU.
    """
    if part.device.type == "cpu":
        mean, variance = torch.ops.aten.batch_norm_update_stats(part.float(), None, None, 0.0)
    else:
        variance, mean = torch.var_mean(part.float(), dim=(0, 2, 3), correction=0)
    return variance.double().cpu(), mean.double().cpu()
