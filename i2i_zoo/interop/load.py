"""Loading of official weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import UserError
from ..models import Translator
from ..models.base import freeze
from . import diffusers
from .assemble import Imported
from .cyclegan import read_cyclegan
from .files import in_folder
from .munit import read_munit
from .reading import read_pickle


def load_official(path: str | Path, domains: Sequence[str], epoch: str | int | None = None) -> Translator:
    """A model with weights that pytorch-CycleGAN-and-pix2pix, MUNIT or UNIT wrote, in eval mode.

    `path` is a file (`latest_net_G_A.pth`: one direction; `gen_01000000.pt`: both), a folder of them, or a folder in
    the manner of diffusers (`generator/config.json`); `domains` are names for the official code's A and B, in this
    order; `epoch` chooses in a folder, else the newest is taken.
    Weights keep no gradients, as with `load`. Raises `UserError` for anything else; nothing in a file is ever executed.
    """
    return freeze(read_official(path, domains, epoch).model)


def is_official(path: Path) -> bool:
    """Return True if there are weights that `load_official` may read, as far as the names of files tell."""
    if not path.is_dir():
        return path.is_file() and path.suffix in (".pth", ".pt")
    try:
        return diffusers.is_folder(path) or bool(in_folder(path))
    except UserError:
        return False


def read_official(path: str | Path, domains: Sequence[str], epoch: str | int | None = None) -> Imported:
    """Load as `load_official` does, and report what was recognized, tensor by tensor, and what was assumed."""
    path = Path(path)
    if path.is_dir() and epoch is None and diffusers.is_folder(path):
        return diffusers.read_folder(path, domains)
    if path.is_dir():
        files = in_folder(path, None if epoch is None else str(epoch))
    elif not path.is_file():
        raise UserError(f"{path}: no such file or folder; give one with official weights, like latest_net_G_A.pth")
    elif epoch is not None:
        raise UserError(f"{path}: is a file; an epoch can be chosen in a folder")
    else:
        files = {"G_B" if path.stem.endswith("_G_B") else "G": path}
    if "gen" in files:
        return read_munit(files["gen"], read_pickle(files["gen"]), domains)
    found = {net: read_pickle(file) for net, file in files.items()}
    only = next(iter(found.values()))
    if len(found) == 1 and isinstance(only, Mapping) and only.keys() >= {"a", "b"}:
        return read_munit(path, only, domains)
    return read_cyclegan(files, found, domains)
