"""The styles of a domain's training images, as a normal distribution that is estimated while training."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ..distributed import gather
from .style_autoencoder import StyleAutoencoder

DECAY = 0.995  # The moments are those of the last few hundred batches.
LEAST = 1e-3  # The least variance in any direction keeps the codes of styles small.


class KnownStyles(nn.Module):
    """The mean and the covariance of encoded styles (N, dim): exponential averages over steps; N(0, I) before them.

    What a step sees counts from the next one on, so that micro-batches and processes know what their batch would. The
    covariance is kept as its symmetric root: the map of codes of N(0, I) to known styles that moves them least (Knott
    and Smith 1984). The weight of a step falls from 0.9 to 0.005, as that of averaged weights does.
    """

    mean: Tensor
    root: Tensor
    seen: Tensor
    steps: Tensor

    def __init__(self, dim: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("root", torch.eye(dim))
        self.register_buffer("seen", torch.zeros(dim + 1, dim + 1))  # the sum of [1, s]' [1, s] over styles s of a step
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self._step: int | None = None  # The step of `seen`; after a restart any step is a new one.

    @torch.no_grad()
    def see(self, styles: Tensor, step: int) -> None:
        """Add the finite ones of the styles (N, dim) of this process's images in training step `step`."""
        if not self.training:
            return
        if step != self._step:
            self._average()
            self._step = step
        rows = pad(gather(styles.detach()), (1, 0), value=1.0)
        rows = torch.where(rows.isfinite().all(1, keepdim=True), rows, 0.0)
        self.seen = self.seen + (rows[:, :, None] * rows[:, None]).sum(0)  # Autocast would take a product to bf16.

    def _average(self) -> None:
        """Move the moments towards those of what was seen, and forget it."""
        count, steps = float(self.seen[0, 0]), int(self.steps)
        if not count:
            return
        weight = max(1 - DECAY, 9 / (10 + steps))
        root, seen = self.root.cpu().double(), self.seen.cpu().double() / count
        mean, jump = seen[0, 1:], seen[0, 1:] - self.mean.cpu().double()
        own = seen[1:, 1:] - torch.outer(mean, mean)
        covariance = torch.lerp(root @ root, own, weight) + weight * (1 - weight) * torch.outer(jump, jump)
        values, axes = torch.linalg.eigh(covariance)
        self.root = (axes * values.clamp(min=LEAST).sqrt() @ axes.T).to(self.root)
        self.mean = self.mean + (weight * jump).to(self.mean)
        self.seen, self.steps = torch.zeros_like(self.seen), self.steps + 1

    def style(self, codes: Tensor) -> Tensor:
        """The styles (..., dim) of standard codes (..., dim): those of N(0, I) become known ones."""
        return self.mean + (codes[..., None] * self.root).sum(-2)

    def code(self, styles: Tensor) -> Tensor:
        """The standard codes of styles (..., dim): the inverse of `style`."""
        return ((styles - self.mean)[..., None] * torch.linalg.inv(self.root)).sum(-2)

    def draw(self, noise: Tensor, share: float) -> Tensor:
        """Normal noise (..., 2, dim) -> styles (..., dim): known ones in `share` of the places, else N(0, I)."""
        codes, dice = noise.unbind(-2)
        return torch.where(torch.special.ndtr(dice[..., :1]) < share, self.style(codes), codes)

    def kl(self, styles: Tensor) -> Tensor:
        """The divergence of the known distribution q from N(0, I) per number, estimated from styles (N, dim) of q.

        It is log q / N(0, I) with q held fixed, whose mean over q has the gradient of KL(q || N(0, I)). A sum over
        samples: no batch is too small.
        """
        surprise = (styles.square() - self.code(styles).square()).mean() / 2
        return surprise - torch.linalg.slogdet(self.root).logabsdet / len(self.mean)

    @torch.no_grad()
    def folded(self, net: StyleAutoencoder) -> StyleAutoencoder:
        """A copy of `net` whose own styles are the standard codes: the map is part of its linear layers."""
        net = deepcopy(net)
        first, last, inverse = net.mlp[0], net.style[-2], torch.linalg.inv(self.root)
        first.bias += first.weight @ self.mean
        first.weight.copy_(first.weight @ self.root)
        last.bias.copy_(inverse @ (last.bias - self.mean))
        last.weight.copy_((inverse @ last.weight.flatten(1)).view_as(last.weight))
        return net
