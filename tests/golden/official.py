"""Where references lie, and the state dicts in their files."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import Tensor

from i2i_zoo.interop import junyanz
from i2i_zoo.interop.reading import read_pickle, tensors


def from_official(file: Path) -> dict[str, Tensor]:
    """The weights in a file of pytorch-CycleGAN-and-pix2pix, under our keys."""
    return junyanz.recognize(tensors(read_pickle(file), file), str(file)).tensors


def reference(name: str) -> Path:
    """The folder `shared/reference/<name>` beside the checkout; the test is skipped where there is none."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "reference" / name
    if not folder.is_dir():
        pytest.skip(f"no reference checkpoints: {name}")
    return folder
