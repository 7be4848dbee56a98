"""Places of weights: a path, the name of packaged ones, or an address on the Hub. The one place that resolves names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from os import PathLike
from pathlib import Path

from .. import zoo
from ..errors import FileError, UserError
from ..hub.address import is_address, parse
from ..hub.repository import Snapshot, describe_files, look
from ..interop import diffusers
from ..interop.files import companions, of_one_epoch
from ..interop.load import is_official
from .integrity import ONLY_TO_RESUME, SUMS

DESCRIPTION = "model.json"
OURS = ".safetensors"


def locate(path: str | Path, epoch: str | None = None) -> Path:
    """The file or folder of weights that `path` names: of the Hub, packaged, or `path` itself, there or not.

    `hf://owner/name[@revision][/file or folder]` is fetched into the cache, as far as it holds weights, once in a
    process; of official weights one `epoch`, the newest unless it is named. Raises `UserError` for what cannot be had,
    and for a path that does not exist and is almost a name.
    """
    if not isinstance(path, str | PathLike):
        raise UserError(f"weights: a path or a name is expected, got {type(path).__name__}; `i2i list` shows the names")
    return _fetched(str(parse(path)), epoch) if is_address(path) else zoo.locate(Path(path).expanduser())


def is_ours(path: str | Path) -> bool:
    """Return True if `path` is something that `load` takes, rather than the weights of another project."""
    path = locate(path)
    if path.is_dir():
        return (path / DESCRIPTION).is_file() or any((path / "checkpoints").glob(f"*/{DESCRIPTION}"))
    return path.suffix == OURS


def is_foreign(path: str | Path) -> bool:
    """Return True if another project's weights are at `path`, for which `load` must be told the domains."""
    return is_official(place := locate(path)) and not is_ours(place)


def full_name(path: str | Path) -> str:
    """The name as it was given: a `Path` has lost a slash of an address."""
    return str(parse(path) if is_address(path) else path)


def plain_name(path: Path) -> str:
    """A name for files about weights that are called by a name: `shoes-munit`, `owner-name`."""
    parts = parse(path) if is_address(path) else path.parts
    return "-".join(str(part) for part in parts if part).replace("/", "-")


def short_names(paths: Sequence[Path]) -> list[str]:
    """Names to show, each another: those of packaged weights, `owner/name` of the Hub, of a path its last part."""
    found: list[str] = []
    for path in paths:
        if is_address(path):
            name = parse(path).repo
        else:
            name = str(path) if str(path) in zoo.packaged() else path.resolve().name.removesuffix(OURS)
        again = sum(one == name or one.startswith(f"{name} (") for one in found)
        found.append(f"{name} ({again + 1})" if again else name)
    return found


@lru_cache(maxsize=64)
def _fetched(address: str, epoch: str | None) -> Path:
    """A branch may move on: within a process the address stays what it was at first."""
    snapshot = look(parse(address))
    inner = snapshot.address.path
    if inner in snapshot.files:
        for name in companions(inner):
            if name in snapshot.files:
                snapshot.fetch(name)
        return snapshot.fetch(inner)
    names = [name.removeprefix(f"{inner}/") for name in snapshot.files if not inner or name.startswith(f"{inner}/")]
    if inner and not names:
        raise FileError(f"{address}: there is no such file or folder; the repository has {describe_files(snapshot)}")
    chosen = _choose(names, snapshot, epoch)
    paths = [snapshot.fetch(f"{inner}/{name}".lstrip("/")) for name in chosen]
    return paths[0] if len(paths) == 1 and paths[0].suffix == OURS else paths[0].parents[chosen[0].count("/")]


def _choose(names: list[str], snapshot: Snapshot, epoch: str | None) -> list[str]:
    """Choose the files of a folder that are the weights: a single file of ours, or files that are read as a folder."""
    top = [name for name in names if "/" not in name]
    single = [name for name in top if name.endswith(OURS)]
    if DESCRIPTION in top:
        return [DESCRIPTION, *(n for n in top if n in (*single, SUMS) and not n.endswith(ONLY_TO_RESUME))]
    if found := diffusers.files(names):
        return found
    if "model.safetensors" in single or len(single) == 1:
        return ["model.safetensors" if "model.safetensors" in single else single[0]]
    if single:
        raise UserError(f"{snapshot.address}: holds {', '.join(single[:8])}; name one, after a slash")
    try:
        official = list(of_one_epoch(names, snapshot.address, epoch).values())
    except UserError as error:
        if epoch is not None:
            raise
        raise UserError(
            f"{snapshot.address}: holds no weights that are read here, it has {describe_files(snapshot)}"
        ) from error
    beside = [name for generator in official for name in companions(generator) if name in names]
    return [*official, *beside]


def forget() -> None:
    """Ask the Hub again for what was asked before in this process."""
    _fetched.cache_clear()
