"""Files of pretrained weights: the one place that finds them, or says in one sentence where they should be.

They lie in one folder, which the environment variable I2I_WEIGHTS names, else `~/.cache/i2i_zoo/weights`. What is not
there is fetched into it once. On a machine without a network, put it there under its name:

- weights `NAME` of timm, such as `vgg16.tv_in1k`: `NAME.safetensors`, which is `model.safetensors` of
  https://huggingface.co/timm/NAME; or their original under the publisher's own name (`vgg16-397923af.pth`);
- any other file: the last part of its address.

What torch.hub or huggingface_hub have in their caches is found there. No file is trusted: checksums are compared where
they are known (the publisher's name may hold one, as torch.hub has it), and only tensors are read from a pickle.

timm's weights are not left to `huggingface_hub` to fetch: Inception's and LPIPS' lie elsewhere, and so one folder, one
download and one refusal serve all of them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock
from torch import Tensor

from ..errors import UserError
from .download import NotFetched, Progress, discard, download

CHECKSUMS = {"vgg16.tv_in1k.safetensors": "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8"}


def find(file: str, *others: str, url: str | None = None, sha256: str | None = None) -> Path:
    """The path of a file of weights: in the folder for weights, in a cache, or fetched from `url` into the folder.

    `others` are names of files with the same weights, which do as well. `sha256` is the checksum of `file`, or its
    beginning. Raises `UserError` when there is none of them, or one that has another checksum.
    """
    sha256 = sha256 or CHECKSUMS.get(file)
    for path, checksum in _candidates(file, others, url, sha256):
        if path.is_file():
            verify(path, checksum, f"replace it by that of {url or 'its publisher'}")
            return path
    target = folder() / file
    reason = "no address for them is known"
    try:
        if url:
            return _fetch(url, target, sha256 or _named(file))
    except NotFetched as error:
        reason = str(error)
    except OSError as error:
        reason = f"{url} cannot be saved there ({error})"
    raise UserError(
        f"{target}: these pretrained weights are needed but not there, and {reason}; put that file there under this "
        f"name{''.join(f', or {name} beside it' for name in others)}, or name the folder that holds it in I2I_WEIGHTS"
    )


def folder() -> Path:
    """The folder that pretrained weights are looked for in first, and fetched to."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("I2I_WEIGHTS") or Path(cache, "i2i_zoo", "weights")).expanduser()


def read(path: Path) -> dict[str, Tensor]:
    """The tensors by name of a safetensors file, or of a torch file of which nothing is run; raises `UserError`."""
    from timm.models import load_state_dict

    try:
        return load_state_dict(path, device="cpu", weights_only=True)
    except Exception as error:  # Safetensors, zip and pickle each raise their own.
        raise UserError(
            f"{path}: cannot be read as weights, it is damaged or holds code, which is never run; "
            "replace it by the publisher's"
        ) from error


def _candidates(
    file: str, others: tuple[str, ...], url: str | None, sha256: str | None
) -> Iterator[tuple[Path, str | None]]:
    """Paths where the weights may be, each with its checksum if that is known."""
    for place in (folder(), Path(torch.hub.get_dir(), "checkpoints")):
        for name in (file, *others):
            yield place / name, (sha256 if name == file else CHECKSUMS.get(name)) or _named(name)
    if hub := re.search(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", url or ""):
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(hub[1], hub[3], revision=hub[2])
        if isinstance(cached, str):
            yield Path(cached), sha256


def _named(file: str) -> str | None:
    """The beginning of a SHA-256 that a file has in its name, as those of torch.hub: `vgg16-397923af.pth`."""
    named = re.search(r"-([0-9a-f]{8,64})\.[a-z]+$", file)
    return named[1] if named else None


def verify(path: Path, checksum: str | None, hint: str) -> None:
    """Raise `UserError`, which ends with `hint`, unless the SHA-256 of the file begins with `checksum`."""
    if not checksum:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(checksum.lower()):
        raise UserError(f"{path}: has the SHA-256 {digest}, which should begin with {checksum}; {hint}")


def _fetch(url: str, target: Path, checksum: str | None) -> Path:
    """Fetch once, whichever of several processes comes first; what was interrupted goes on with the next attempt."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    with FileLock(f"{part}.lock"):
        if not target.is_file():
            with _bar(target.name) as progress:
                download(url, part, progress)
            try:
                verify(part, checksum, f"{url} gives another file than expected, so get it elsewhere")
                part.rename(target)
            finally:
                discard(part)
    return target


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """Show a progress bar on stderr, as the download is large and implicit."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Bar("{task.description}", *columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)
