"""The loss against one color for all: the distance of the colors of fakes from those of real images."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, normalize

from ..distributed import gather, share

SIDE = 4  # pixels of the thumbnails whose colors are compared
REMEMBERED = 128  # latest fakes, and as many real images: a batch alone is no distribution
DIRECTIONS = 64


class ColorDistance(nn.Module):
    """The sliced 1-Wasserstein distance of thumbnails of fakes from those of real images (Bonneel et al. 2015).

    A discriminator sees one image at a time and cannot tell that all are of one color, where real ones are of many.
    Compared are thumbnails of 4 x 4 pixels along random directions: there each fake has a rank among the latest ones,
    and its distance is that from the real image of the same rank. Several processes remember the images of all.
    """

    fakes: Tensor
    reals: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("fakes", torch.empty(0))
        self.register_buffer("reals", torch.empty(0))

    def forward(self, fakes: Tensor, reals: Tensor) -> Tensor:
        """Fakes and as many real images (N, C, H, W) -> their distance, the mean over fakes and directions."""
        own = thumbnails(fakes)
        self.fakes, self.reals = self._remember(self.fakes, own), self._remember(self.reals, thumbnails(reals))
        directions = normalize(torch.randn(own.shape[1], DIRECTIONS, device=own.device, dtype=own.dtype), dim=0)
        ranks = along(self.fakes, directions).argsort(0).argsort(0)[-len(gather(own.detach())) :]
        goals = along(self.reals, directions).sort(0).values.gather(0, share(ranks))
        return (along(own, directions) - goals).abs().mean()

    @staticmethod
    def _remember(memory: Tensor, latest: Tensor) -> Tensor:
        latest = gather(latest.detach())
        return torch.cat([memory, latest] if len(memory) else [latest])[-max(REMEMBERED, len(latest)) :]


def thumbnails(images: Tensor) -> Tensor:
    """Images (N, C, H, W) -> (N, C x 4 x 4), in fp32 at least."""
    return adaptive_avg_pool2d(images.to(torch.promote_types(images.dtype, torch.float32)), SIDE).flatten(1)


def along(points: Tensor, directions: Tensor) -> Tensor:
    """Points (N, D) and directions (D, S) -> the place of each point along each direction (N, S)."""
    return (points[:, :, None] * directions).sum(1)  # A product of matrices would be in bf16 under autocast.
