"""Features of real images, computed once and kept: in memory, and in a file for each set of images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ...data.images.files import from_unit
from ...files import draft_file
from ...hub import weight_files

_ALL: dict[str, KeptFeatures] = {}  # of this process, by the network
_WEIGHTS: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()


class KeptFeatures:
    """The features that one network, at one size, gives real images, by the content of each image.

    The file of a set lies in `features/` of the folder for weights. Its name is a digest of the network's name, size
    and weights, of the first image and of the number of images; beside each row it holds the digest of the image, so
    that a row is never another image's. A damaged file, or a folder that cannot be written to, costs only time.
    """

    def __init__(self, network: str):
        self.network = network
        self._rows: dict[bytes, Tensor] = {}
        self._sets: dict[Path, dict[bytes, None]] = {}  # the digests of each set that was asked for
        self._written: set[bytes] = set()  # digests of the rows that are in some file

    @classmethod
    def of(cls, net: nn.Module, name: str, side: int) -> KeptFeatures:
        """Give the features kept for a network with these weights; the same object within a process."""
        if net not in _WEIGHTS:
            _WEIGHTS[net] = hashlib.sha256(b"".join(map(_digest, net.state_dict().values()))).hexdigest()
        device = next(net.parameters()).device.type  # Each kind of device rounds in its own way.
        network = f"{name} {side} {device} {_WEIGHTS[net]}"
        return _ALL.setdefault(network, cls(network))

    def get(self, images: Tensor, group: Sequence[Tensor], compute: Callable[[Tensor], Tensor]) -> Tensor:
        """The features (N, D) of images (N, C, H, W) in [-1, 1] of the set `group`; `compute` gives what is not there.

        Images are told apart by their 8-bit values.
        """
        path, digests = self._open(group), [_digest(image) for image in from_unit(images, torch.uint8)]
        if new := [place for place, digest in enumerate(digests) if digest not in self._rows]:
            self._rows |= zip((digests[place] for place in new), compute(images[new]).cpu().unbind(), strict=True)
        self._sets[path] |= dict.fromkeys(digests)
        return torch.stack([self._rows[digest] for digest in digests]).to(images.device)

    def save(self, group: Sequence[Tensor]) -> None:
        """Write the file of the set `group`, unless all its rows are in files already."""
        path = self._open(group)
        if self._sets[path].keys() <= self._written:
            return
        digests = list(self._sets[path])
        rows = {"digests": torch.tensor([list(digest) for digest in digests], dtype=torch.uint8)}
        rows["features"] = torch.stack([self._rows[digest] for digest in digests])
        self._written |= set(digests)
        with suppress(OSError), draft_file(path) as draft:
            save_file(rows, draft)

    def _open(self, group: Sequence[Tensor]) -> Path:
        """The path of the set's file, which has been read."""
        first = from_unit(group[0], torch.uint8)
        name = f"{self.network} {len(group)} {_digest(first).hex()}"
        path = weight_files.folder() / "features" / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.safetensors"
        if path not in self._sets:
            known = _read(path)
            self._rows = known | self._rows
            self._sets[path] = dict.fromkeys(known)
            self._written |= known.keys()
        return path


def _read(path: Path) -> dict[bytes, Tensor]:
    """The rows of a file by digest; none if it cannot be read."""
    try:
        found = load_file(path)
        digests, rows = found["digests"], found["features"]
        if digests.dtype != torch.uint8 or digests.shape != (len(rows), 32) or rows.dtype != torch.float32:
            return {}
        return dict(zip((bytes(digest) for digest in digests.tolist()), rows.unbind(), strict=True))
    except Exception:  # Whatever cannot be read is computed again.
        return {}


def _digest(tensor: Tensor) -> bytes:
    """SHA-256 of the shape and values of a tensor."""
    values = tensor.detach().cpu().contiguous()
    return hashlib.sha256(repr(tuple(values.shape)).encode() + values.numpy().tobytes()).digest()
