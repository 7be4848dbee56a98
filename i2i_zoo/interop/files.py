"""Files of a folder that belong together, as the official projects name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import UserError

CYCLEGAN = re.compile(r"(?P<epoch>.+)_net_(?P<net>[GD]_[AB]|G)\.pth")
MUNIT = re.compile(r"(?P<net>gen)_(?P<epoch>.+)\.pt")


def in_folder(folder: Path, epoch: str | None = None) -> dict[str, Path]:
    """The networks in `folder` of one epoch, the newest unless it is named: {"G_A": path, ...} or {"gen": path}.

    `latest` is the newest epoch, then the largest number. Raises `UserError` when there is none, or a symbolic link
    that leads out of the folder.
    """
    found: dict[str, dict[str, Path]] = {}
    for place in (folder, folder / "checkpoints"):
        for name, net, file in _networks(place):
            found.setdefault(name, {})[net] = file
    with_generator = {name: nets for name, nets in found.items() if any(net[0] in "Gg" for net in nets)}
    if not with_generator:
        raise UserError(f"{folder}: holds no official generator, a file like latest_net_G_A.pth or gen_01000000.pt")
    if epoch is None:
        epoch = max(with_generator, key=_age)
    match = next((name for name in with_generator if _same(name, epoch)), None)
    if match is None:
        raise UserError(f"{folder}: has no epoch {epoch!r}; there are {', '.join(sorted(with_generator, key=_age))}")
    nets = with_generator[match]
    return {net: inside(file, folder) for net, file in nets.items() if net != "G" or "G_A" not in nets}


def beside(file: Path, names: tuple[str, ...]) -> Path | None:
    """The first of `names` beside `file`, or beside its folder if that is called `checkpoints`."""
    roots = [file.parent] + ([file.parent.parent] if file.parent.name == "checkpoints" else [])
    for root in roots:
        for name in names:
            if (root / name).is_file() or (root / name).is_symlink():
                return inside(root / name, root)
    return None


def inside(file: Path, folder: Path) -> Path:
    """`file`, unless it is a symbolic link that leads out of `folder`; raises `UserError`."""
    if not file.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{file}: is a link that leads out of its folder; point at the file itself if you trust it")
    return file


def _networks(folder: Path) -> Iterator[tuple[str, str, Path]]:
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = CYCLEGAN.fullmatch(file.name) or MUNIT.fullmatch(file.name)
        if match and (file.is_file() or file.is_symlink()):
            yield match["epoch"], match["net"], file


def _age(epoch: str) -> tuple[bool, bool, int]:
    """The key that sorts epochs: iter_5000, then 100, 200, then latest."""
    number = re.search(r"\d+$", epoch)
    return epoch == "latest", epoch.isdigit(), int(number[0][-18:]) if number else 0


def _same(name: str, epoch: str) -> bool:
    return name == epoch or (name.isdigit() and epoch.isdigit() and int(name[-18:]) == int(epoch[-18:]))
