"""Unpacking an archive from elsewhere: plain files and folders below one folder, within limits, or nothing."""

from __future__ import annotations

import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import UserError

MOST_ENTRIES = 200_000
MOST_BYTES = 40 * 2**30  # unpacked
MOST_RATIO = 200  # of unpacked to packed bytes, beyond the bytes that follow
RATIO_FROM = 2**30

_BROKEN = (  # what zipfile and tarfile raise
    OSError, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError,
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError,
)  # fmt: skip


class Entry(NamedTuple):
    """A file or folder of an archive."""

    name: str
    size: int
    kind: str  # file, folder or anything else
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar archive into `folder`, which is made.

    Everything is checked before the first byte is written: paths that leave the folder, links and devices,
    encryption, and sizes. Checksums are checked on the way. Raises `UserError`; the caller removes the folder.
    """
    try:
        with _entries(archive) as entries:
            _check(entries, archive)
            folder.mkdir()
            for entry in entries:
                _extract(entry, folder)
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:  # the disk, not the archive
            raise
        raise UserError(
            f"{archive} cannot be unpacked ({error or type(error).__name__}); get the archive again"
        ) from error


@contextmanager
def _entries(archive: Path) -> Iterator[list[Entry]]:
    if tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            yield [Entry(info.name, info.size, _tar_kind(info), partial(tar.extractfile, info)) for info in tar]
    elif zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            yield [Entry(i.filename, i.file_size, _zip_kind(i), partial(file.open, i)) for i in file.infolist()]
    else:
        raise UserError(f"{archive} is neither a zip nor a tar archive; get it again or pass --source with another")


def _tar_kind(info: tarfile.TarInfo) -> str:
    return "file" if info.isfile() else "folder" if info.isdir() else "link or device"


def _zip_kind(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 1:
        return "file under a password"
    unix = stat.S_IFMT(info.external_attr >> 16)
    if unix not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link or device"
    return "folder" if info.is_dir() else "file"


def _check(entries: list[Entry], archive: Path) -> None:
    total = sum(entry.size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise UserError(
            f"{archive} holds {len(entries)} entries, more than {MOST_ENTRIES}; unpack it yourself if you trust it"
        )
    if total > MOST_BYTES or total > max(RATIO_FROM, MOST_RATIO * archive.stat().st_size):
        raise UserError(
            f"{archive} would unpack to {total} bytes, too many for its size; unpack it yourself if you trust it"
        )
    if len({entry.name for entry in entries}) < len(entries):
        raise UserError(f"{archive} holds a file twice; get the archive again")
    for entry in entries:
        if entry.kind not in ("file", "folder"):
            raise UserError(f"{archive} holds {entry.name!r}, a {entry.kind}; only plain files are unpacked")
        if not _is_inside(entry.name):
            raise UserError(f"{archive} holds {entry.name!r}, which would leave its folder; do not use this archive")
    if not any(entry.kind == "file" for entry in entries):
        raise UserError(f"{archive} holds no files; get the archive again")


def _is_inside(name: str) -> bool:
    name = name.replace("\\", "/")
    return not name.startswith("/") and ".." not in name.split("/") and not re.match(r"[A-Za-z]:", name)


def _extract(entry: Entry, folder: Path) -> None:
    target = folder / entry.name.replace("\\", "/")
    if entry.kind == "folder":
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with entry.open() as source, target.open("xb") as file:
        shutil.copyfileobj(source, file)  # both kinds of archive stop at the size that was declared
        if file.tell() != entry.size:
            raise ValueError(f"{entry.name} has {file.tell()} bytes instead of {entry.size}")
