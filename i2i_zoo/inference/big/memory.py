"""The memory that a translation takes, and that there is."""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ...models import Translator
from ...speed.choice import Speed

TRIED = 128  # pixels a side, at least, of the image by which memory is measured
SPARE = 1.25  # for what libraries take beside the tensors
_CGROUPS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))


class Peak(TorchDispatchMode):
    """Counts the bytes of tensors that are made inside and alive together: `most` of them."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self.now = 0
        self._users: dict[int, int] = {}  # address -> tensors that are made of this memory

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(found):
            if isinstance(tensor, Tensor):
                self._count(tensor)
        return found

    def _count(self, tensor: Tensor) -> None:
        place, size = tensor.untyped_storage().data_ptr(), tensor.untyped_storage().nbytes()
        if place not in self._users:
            self._users[place] = 0
            self.now += size
            self.most = max(self.most, self.now)
        self._users[place] += 1
        weakref.finalize(tensor, self._release, place, size).atexit = False

    def _release(self, place: int, size: int) -> None:
        self._users[place] -= 1
        if not self._users[place]:
            del self._users[place]
            self.now -= size


@torch.inference_mode()
def bytes_per_pixel(model: Translator, to: str, style: Tensor | None, speed: Speed) -> float:
    """Bytes that the translation of a large image takes for each of its pixels, measured on a small one."""
    side = -(-max(TRIED, 2 * model.smallest) // model.stride) * model.stride
    image = torch.zeros(1, model.channels[model.source(to)], side, side, device=model.device)
    with speed.applied(model), Peak() as peak:
        model.translate(image, to=to, style=style)
    return SPARE * peak.most / side**2


def available(device: torch.device) -> int | None:
    """Bytes that this process may still take; None where that is not known."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type != "cpu":
        return None
    known = [bytes_ for bytes_ in (_of_system(), *_of_containers()) if bytes_ is not None]
    return min(known, default=None)


def _of_system() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        names = getattr(os, "sysconf_names", {})
        known = "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2 if known else None


def _of_containers(root: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """What is left of the limits of a container, if it has any."""
    found = []
    for limit, used in _CGROUPS:
        try:
            most, now = (root / limit).read_text().strip(), (root / used).read_text().strip()
            if most.isdigit():
                found.append(max(int(most) - int(now), 0))
        except OSError:
            continue
    return found
