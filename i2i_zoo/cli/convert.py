"""`i2i convert`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ..models import Translator


def convert(
    path: Path,
    /,
    *,
    domains: tuple[str, str] | None = None,
    out: Path | None = None,
    epoch: str | None = None,
    report: bool = False,
    to: Literal["cyclegan-pytorch", "munit", "unit"] | None = None,
) -> None:
    """Take weights of the official CycleGAN, MUNIT and UNIT, or write them.

    Parameters
    ----------
    path
        A file (latest_net_G_A.pth, gen_01000000.pt) or a folder of official weights, here or on the Hub
        (hf://owner/name[@revision][/file]); with --to, weights of our own.
    domains
        Names for the official A and B, in this order: --domains horse zebra.
    out
        The file to write, ending in .safetensors; with --to, a folder.
    epoch
        Which epoch of a folder; left out: the newest.
    report
        Print what was recognized, layer by layer; --out may then be left out.
    to
        Write files that an official code loads.
    """
    _check(out, report, bool(to))
    model, provenance = _read(path, domains, epoch, report, bool(to))
    if out:
        _write(model, provenance, to, out)


def _check(out: Path | None, report: bool, outwards: bool) -> None:
    """Raise `UserError` for what is wrong with --out, before any work."""
    from ..errors import UserError

    if out is None and not report:
        raise UserError("where to? add --out NAME.safetensors (with --to a folder), or --report to look only")
    if out and not outwards and out.suffix != ".safetensors":
        raise UserError(f"{out}: the name must end in .safetensors")
    if out and outwards and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: exists already; choose another --out")


def _write(model: Translator, provenance: dict[str, Any], to: str | None, out: Path) -> None:
    import shlex

    from rich.markup import escape

    from ..interop import write_official
    from ..weights.model import export
    from .console import say

    if to:
        files = write_official(model, to, out)
    else:
        export(model, out, provenance)
        files = [out]
    for file in files:
        say(escape(f"{file}: {file.stat().st_size / 2**20:.1f} MiB"))
    if not to:
        target = shlex.quote(model.targets[-1])
        say(escape(f"use it with\n  i2i translate {shlex.quote(str(out))} IMAGES --to {target} --out translated"))


def _read(
    path: Path, domains: tuple[str, str] | None, epoch: str | None, layers: bool, outwards: bool
) -> tuple[Translator, dict[str, Any]]:
    """The model of official weights, or (`outwards`) of any; and where it comes from."""
    from rich.markup import escape

    from .. import __version__
    from ..errors import UserError
    from ..interop import read_official
    from ..weights.locate import locate
    from ..weights.model import is_ours, load
    from .console import say

    path = locate(path, epoch)
    if is_ours(path):
        if not outwards or domains or epoch:
            raise UserError(
                f"{path}: holds weights of this library already; leave out --domains and --epoch, and "
                "say with --to which official code is to load them, or use them as they are"
            )
        return load(path), {}
    if domains is None and not outwards:
        raise UserError("which domains? give names for the official A and B: --domains horse zebra")
    model, report = read_official(path, domains or ("a", "b"), epoch)
    for line in report.lines(layers):
        say(escape(line))
    origin = {"project": report.project, "files": [p.file.name for p in report.parts], "notes": report.notes}
    return model, {"official": origin, "i2i_zoo": __version__}
