"""The features that a pretrained network of timm gives, by stride."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..hub.pretrained import create, rescaling


class Features(nn.Module):
    """The features of timm's pretrained model `backbone` at some of its strides; the caller freezes them.

    Images (N, in_channels, H, W) in [-1, 1] -> a map (N, channels[i], H / strides[i], W / strides[i]) for each. Raises
    `UserError` when the weights cannot be had or it has no such stride.
    """

    def __init__(self, backbone: str, strides: Sequence[int], in_channels: int):
        super().__init__()
        import timm  # It is slow to import.

        with torch.device("meta"):
            info = timm.create_model(backbone, features_only=True).feature_info
        known = info.reduction()
        for stride in strides:
            if stride not in known:
                raise UserError(f"{backbone!r} has no features of stride {stride}; known: {', '.join(map(str, known))}")
        indices = [known.index(stride) for stride in strides]
        self.channels = [info.channels()[i] for i in indices]
        self.net = create(backbone, features_only=True, in_chans=in_channels, out_indices=indices)
        scale, shift = rescaling(self.net, in_channels)
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)

    def forward(self, images: Tensor) -> list[Tensor]:
        return self.net(images * self.scale + self.shift)


def digest(net: nn.Module) -> Tensor:
    """The SHA-256 (32,) of all weights, uint8."""
    sha256 = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        sha256.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return torch.tensor(list(sha256.digest()), dtype=torch.uint8)
