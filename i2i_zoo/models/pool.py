"""A history of fakes, so that a discriminator does not forget the generator's old tricks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..distributed import gather, share


class ImagePool(nn.Module):
    """Shows a discriminator the fakes of earlier steps half of the time (Shrivastava et al. 2017, section 2.3).

    Until `size` images are held each fake is stored and returned as it is. From then on, with probability 1/2, a
    random stored image is returned and the fake takes its place. Size 0 switches the history off. Several processes
    hold the same history, of the fakes of all. With fakes of another size it begins anew.
    """

    images: Tensor

    def __init__(self, size: int):
        super().__init__()
        self.size = size
        self.register_buffer("images", torch.empty(0))

    @torch.no_grad()
    def forward(self, fakes: Tensor) -> Tensor:
        """Fakes (N, C, H, W) -> as many detached images, each the fake or an older one."""
        if not self.size:
            return fakes.detach()
        return share(torch.stack([self._exchange(fake) for fake in gather(fakes.detach())]))

    def _exchange(self, fake: Tensor) -> Tensor:
        if self.images.shape[1:] != fake.shape:  # the first one, or training goes on at another size
            self.images = fake.new_empty(0, *fake.shape)
        if len(self.images) < self.size:
            self.images = torch.cat([self.images, fake[None]])
        elif torch.rand(()) < 0.5:
            slot = int(torch.randint(self.size, ()))
            old = self.images[slot].clone()
            self.images[slot] = fake
            return old
        return fake
