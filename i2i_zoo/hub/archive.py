"""Unpacking an archive from elsewhere: plain files and folders below one folder, within limits, or nothing."""

from __future__ import annotations

import re
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import UserError, one_line

MOST_ENTRIES = 200_000
MOST_BYTES = 40 * 2**30  # unpacked
MOST_RATIO = 200  # of unpacked to packed bytes, beyond the bytes that follow
RATIO_FROM = 2**30

LONGEST_READ = 2**20  # bytes at once, of a compressed tar: file names are never longer


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
    except (UserError, MemoryError):
        raise
    except Exception as error:  # Zipfile, tarfile, zlib and lzma raise nearly anything on broken bytes.
        if isinstance(error, OSError) and error.errno:  # It is the disk, not the archive.
            raise
        raise UserError(f"{archive} cannot be unpacked ({one_line(error)}); get the archive again") from error


@contextmanager
def _entries(archive: Path) -> Iterator[list[Entry]]:
    with ExitStack() as stack:
        try:
            tar = stack.enter_context(_Tar.open(archive))
        except tarfile.ReadError:
            tar = None
        if tar:
            found = (Entry(i.name, i.size, _tar_kind(i), partial(tar.extractfile, i)) for i in tar)
        elif zipfile.is_zipfile(archive):
            file = stack.enter_context(zipfile.ZipFile(archive))
            found = (Entry(i.filename, i.file_size, _zip_kind(i), partial(file.open, i)) for i in file.infolist())
        else:
            raise UserError(f"{archive} is neither a zip nor a tar archive; get it again or pass --source with another")
        yield list(_limited(found, archive))


def _limited(entries: Iterable[Entry], archive: Path) -> Iterator[Entry]:
    """The entries, up to the limits: a compressed tar is decompressed on the way from one to the next."""
    total, most = 0, min(MOST_BYTES, max(RATIO_FROM, MOST_RATIO * archive.stat().st_size))
    for count, entry in enumerate(entries, 1):
        total += entry.size
        if count > MOST_ENTRIES:
            raise UserError(f"{archive} holds more than {MOST_ENTRIES} entries; unpack it yourself if you trust it")
        if total > most:
            raise UserError(
                f"{archive} would unpack to {total} bytes and more, too many for its size; "
                "unpack it yourself if you trust it"
            )
        yield entry


class _Tar(tarfile.TarFile):
    """A tar whose headers cannot fill the memory: the length of a file name is a stranger's word, too."""

    @classmethod
    def taropen(cls, name: Any, mode: Any = "r", fileobj: Any = None, **options: Any) -> tarfile.TarFile:
        return super().taropen(name, mode, _Frugal(fileobj) if fileobj else None, **options)


class _Frugal:
    """A decompressed stream that is read in pieces only. (What is not compressed is as long as its file at most.)"""

    def __init__(self, stream: IO[bytes]):
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST_READ:
            raise ValueError(f"a header of {size} bytes")
        return self.stream.read(size)


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
    if len({entry.name for entry in entries}) < len(entries):
        raise UserError(f"{archive} holds a file twice; get the archive again")
    for entry in entries:
        if entry.kind not in ("file", "folder"):
            raise UserError(f"{archive} holds {entry.name!r:.200}, a {entry.kind}; unpack it yourself if you trust it")
        if not _is_inside(entry.name):
            raise UserError(
                f"{archive} holds {entry.name!r:.200}, which would leave its folder; do not use this archive"
            )
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
        shutil.copyfileobj(source, file)  # Both kinds of archive stop at the declared size.
        if file.tell() != entry.size:
            raise ValueError(f"{entry.name} has {file.tell()} bytes instead of {entry.size}")
