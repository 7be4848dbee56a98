"""Files of a folder that belong together, as the official projects name them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ..errors import UserError

CYCLEGAN = re.compile(r"(?P<epoch>.+)_net_(?P<net>[GD]_[AB]|G)\.pth")
MUNIT = re.compile(r"(?P<net>gen)_(?P<epoch>.+)\.pt")


def in_folder(folder: Path, epoch: str | None = None) -> dict[str, Path]:
    """The networks in `folder` of one epoch, the newest unless it is named: {"G_A": path, ...} or {"gen": path}.

    Raises `UserError` when there is none, or a symbolic link that leads out of the folder.
    """
    names = [
        file.relative_to(folder).as_posix()
        for place in (folder, folder / "checkpoints")
        for file in (sorted(place.iterdir()) if place.is_dir() else ())
        if file.is_file() or file.is_symlink()
    ]
    return {net: inside(folder / name, folder) for net, name in of_one_epoch(names, folder, epoch).items()}


def of_one_epoch(names: Iterable[str], where: object, epoch: str | None = None) -> dict[str, str]:
    """Those of the files called `names` that are the networks of one epoch: {"G_A": name, ...} or {"gen": name}.

    They lie at the top or in `checkpoints`. `latest` is the newest epoch, then the largest number. Raises `UserError`,
    which begins with `where`, when there is none.
    """
    found: dict[str, dict[str, str]] = {}
    for name in names:
        match = _match(name.removeprefix("checkpoints/"))
        if match:
            found.setdefault(match["epoch"], {})[match["net"]] = name
    with_generator = {name: nets for name, nets in found.items() if any(net[0] in "Gg" for net in nets)}
    if not with_generator:
        raise UserError(
            f"{where}: holds no official generator; give a folder with one like latest_net_G_A.pth or gen_01000000.pt"
        )
    if epoch is None:
        epoch = max(with_generator, key=_age)
    match = next((name for name in with_generator if _same(name, epoch)), None)
    if match is None:
        raise UserError(f"{where}: has no epoch {epoch!r}; there are {', '.join(sorted(with_generator, key=_age))}")
    nets = with_generator[match]
    return {net: name for net, name in nets.items() if net != "G" or "G_A" not in nets}


def companions(generator: str) -> tuple[str, ...]:
    """The names of what lies beside a MUNIT's or UNIT's `gen_*.pt` and is read with it, whether it is there or not."""
    folder, _, name = generator.rpartition("/")
    match = MUNIT.fullmatch(name)
    if not match:
        return ()
    here = f"{folder}/" if folder else ""
    above = here.removesuffix("checkpoints/")
    return tuple(dict.fromkeys((f"{here}dis_{match['epoch']}.pt", f"{here}config.yaml", f"{above}config.yaml")))


def beside(file: Path, names: tuple[str, ...]) -> Path | None:
    """The first of `names` beside `file`, or beside its folder if that is called `checkpoints`."""
    roots = [file.parent] + ([file.parent.parent] if file.parent.name == "checkpoints" else [])
    for root in roots:
        for name in names:
            if (root / name).is_file() or (root / name).is_symlink():
                return inside(root / name, root)
    return None


def inside(file: Path, folder: Path) -> Path:
    """`file`, unless it is a symbolic link that leads out of `folder`; raises `UserError`.

    In a cache of the Hub, whose snapshots are links, it may lead to the blobs of the same repository.
    """
    snapshots = next((place for place in folder.absolute().parents if place.name == "snapshots"), None)
    bounds = [folder] if snapshots is None else [folder, snapshots.parent / "blobs"]
    if not any(file.resolve().is_relative_to(bound.resolve()) for bound in bounds):
        raise UserError(f"{file}: is a link that leads out of its folder; point at the file itself if you trust it")
    return file


def _match(name: str) -> re.Match[str] | None:
    return CYCLEGAN.fullmatch(name) or MUNIT.fullmatch(name)


def _age(epoch: str) -> tuple[bool, bool, int]:
    """The key that sorts epochs: iter_5000, then 100, 200, then latest."""
    number = re.search(r"\d+$", epoch)
    return epoch == "latest", epoch.isdigit(), int(number[0][-18:]) if number else 0


def _same(name: str, epoch: str) -> bool:
    return name == epoch or (name.isdigit() and epoch.isdigit() and int(name[-18:]) == int(epoch[-18:]))
