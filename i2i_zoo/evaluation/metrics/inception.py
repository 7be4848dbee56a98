"""The network behind FID: Inception v3 as TensorFlow published it in 2015 (Szegedy et al. 2016).

torchvision's Inception v3 with 1008 classes and three differences in the graph: average pooling does not count the
padding, the last block pools by maximum, and images are scaled to [-1, 1) as (x - 128) / 128. The weights in PyTorch's
names are those that pytorch-fid publishes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d
from torchvision.models import Inception3
from torchvision.models.inception import InceptionA, InceptionC, InceptionE

from ...errors import UserError, one_line
from ...hub.weight_files import find, read

FILE = "pt_inception-2015-12-05-6726825d.pth"
SOURCE = "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights"


class Inception(nn.Module):
    """Images (N, 3, 299, 299) of values 0..255 -> features (N, 2048) of the last pooling. Weights are random."""

    side = 299
    features = 2048

    def __init__(self) -> None:
        super().__init__()
        self.net = Inception3(num_classes=1008, aux_logits=False, init_weights=False)
        blocks = {"Mixed_5b": (192, 32), "Mixed_5c": (256, 64), "Mixed_5d": (288, 64)}
        for name, (channels, pooled) in blocks.items():
            setattr(self.net, name, _A(channels, pool_features=pooled))
        for name, width in {"Mixed_6b": 128, "Mixed_6c": 160, "Mixed_6d": 160, "Mixed_6e": 192}.items():
            setattr(self.net, name, _C(768, channels_7x7=width))
        self.net.Mixed_7b, self.net.Mixed_7c = _E(1280), _LastE(2048)
        self.net.dropout, self.net.fc = nn.Identity(), nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        return self.net((images - 128) / 128)


def load_inception() -> Inception:
    """The network with its published weights; raises `UserError` when those cannot be had."""
    path, net = find(FILE, FILE.replace("pt_inception", "weights-inception"), url=f"{SOURCE}/{FILE}"), Inception()
    tensors = {name: tensor for name, tensor in read(path).items() if not name.startswith("fc.")}
    try:
        net.net.load_state_dict(tensors)
    except RuntimeError as error:
        raise UserError(f"{path}: does not hold the weights of FID's Inception ({one_line(error, 200)})") from None
    return net


def _average(x: Tensor) -> Tensor:
    return avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def _largest(x: Tensor) -> Tensor:
    return max_pool2d(x, 3, stride=1, padding=1)


class _A(InceptionA):
    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, three, self.branch_pool(_average(x))], 1)


class _C(InceptionC):
    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = x
        for step in range(1, 6):
            double = getattr(self, f"branch7x7dbl_{step}")(double)
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_average(x))], 1)


class _E(InceptionE):
    pool = staticmethod(_average)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        parts = [
            self.branch1x1(x),
            self.branch3x3_2a(three),
            self.branch3x3_2b(three),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(self.pool(x)),
        ]
        return torch.cat(parts, 1)


class _LastE(_E):
    pool = staticmethod(_largest)
