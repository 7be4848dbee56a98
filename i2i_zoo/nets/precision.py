"""The dtypes of features, under autocast and outside."""

from __future__ import annotations

import torch
from torch import Tensor


def full_precision(x: Tensor) -> Tensor:
    """`x` in float32 when it came out of autocast in less."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def autocasted(x: Tensor) -> Tensor:
    """`x` in the dtype of autocast, if that is on."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x
