"""The best that a processor can multiply: the floor under the time of a step."""

from __future__ import annotations

import torch
from torch.nn.functional import conv2d

from .job import seconds

SECONDS = 1.5  # of trying


def peak_rate(precision: str, device: str) -> float:
    """The highest rate of FLOPs per second seen in a 3x3 convolution or a matrix product of `precision`."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    large = 8 if device == "cuda" else 1
    images = torch.randn(large, 256, 64, 64, device=device, dtype=dtype).contiguous(memory_format=torch.channels_last)
    weights = torch.randn(256, 256, 3, 3, device=device, dtype=dtype)
    matrix = torch.randn(1024 * large, 1024 * large, device=device, dtype=dtype)
    convolution = images.numel() * 2 * 9 * 256 / fastest(lambda: conv2d(images, weights, padding=1), device)
    return max(convolution, 2 * len(matrix) ** 3 / fastest(lambda: matrix @ matrix, device))


@torch.no_grad()
def fastest(work, device: str) -> float:
    """The least seconds that `work` took."""
    times = [seconds(work, device) for _ in range(3)]
    while sum(times) < SECONDS:
        times.append(seconds(work, device))
    return min(times)
