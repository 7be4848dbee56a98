"""Archives that a stranger may send: name -> content. None may be unpacked, but for some of the damaged ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable

from stranger import damaged

FILES = {f"set/train{side}/{number}.jpg": b"%d" % number * 40 for side in "AB" for number in range(3)}
PATHS = (
    "../evil", "a/../../evil", "/tmp/evil", "//evil", "C:evil", "C:\\evil", "..\\evil", "a\\..\\..\\evil", "..",
    "a/..", "./../evil", "\\evil", "a/../../../../../../../../tmp/evil",
)  # fmt: skip
LINKS = ("/etc/passwd", "../elsewhere/mine", "elsewhere", ".", "set")
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def zipped(files: dict[str, bytes], mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", method) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            archive.writestr(info, content)
    return file.getvalue()


def tarred(files: dict[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "", **options) -> bytes:
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w", **options) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """The 512 bytes before a file of a tar."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def hostile() -> dict[str, bytes]:
    """Paths out of the folder, links, devices, names that cannot be, and files where folders should be."""
    found = {}
    for i, path in enumerate(PATHS):
        found[f"path-{i}.zip"] = zipped(FILES | {path: b"evil"})
        found[f"path-{i}.tar"] = tarred(FILES | {path: b"evil"})
    for i, target in enumerate(LINKS):
        found[f"link-{i}.zip"] = zipped({"set": target.encode()}, stat.S_IFLNK | 0o777)
        found[f"soft-{i}.tar"] = tarred({"set": b""}, tarfile.SYMTYPE, target) + tarred({"set/x": b"evil"})
        found[f"hard-{i}.tar"] = tarred({"set": b""}, tarfile.LNKTYPE, target)
    for i, kind in enumerate((tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)):
        found[f"device-{i}.tar"] = tarred({"set/x": b""}, kind)
    for i, kind in enumerate((stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)):
        found[f"device-{i}.zip"] = zipped({"set/x": b""}, kind | 0o666)
    for i, names in enumerate((("a", "a/b"), ("a/b", "a"), ("x" * 300,), (".source.json/x",), ("a", "a\\", "a/"))):
        found[f"name-{i}.zip"] = zipped(dict.fromkeys(names, b"1"))
        found[f"name-{i}.tar"] = tarred(dict.fromkeys(names, b"1"), format=tarfile.PAX_FORMAT)
    found["empty.zip"], found["empty.tar"], found["nothing"] = zipped({}), tarred({}), b""
    found["page.zip"] = b"<html>Log in to this network</html>"
    return found


def bombs() -> dict[str, bytes]:
    """A few kilobytes that would fill memory or disk, or keep a processor busy for hours."""
    zeros = bytes(2**26)
    found = {"bomb.zip": _claiming(zipped({"a": zeros}), 2**26, 2**32 - 2)}
    for ending, pack in PACKERS.items():
        zeros = bytes(2**27 if ending == "gz" else 2**20)  # the others pack slowly
        found[f"large.tar.{ending}"] = pack(header("a", 2**41) + zeros)
        for name, kind in {"long": tarfile.GNUTYPE_LONGNAME, "link": tarfile.GNUTYPE_LONGLINK}.items():
            found[f"{name}.tar.{ending}"] = pack(header("a", 2**33, kind) + zeros)
        found[f"extended.tar.{ending}"] = pack(header("a", 2**33, tarfile.XHDTYPE) + zeros)
        found[f"global.tar.{ending}"] = pack(header("a", 2**33, tarfile.XGLTYPE) + zeros)
    found["entries.tar.gz"] = gzip.compress(header("a", 0, tarfile.DIRTYPE) * 3000)
    return found


def _claiming(archive: bytes, size: int, other: int) -> bytes:
    return archive.replace(size.to_bytes(4, "little"), other.to_bytes(4, "little"))


def mutations(each: int) -> dict[str, bytes]:
    """Good archives of every kind, damaged at random."""
    good = {"zip": zipped(FILES), "lzma.zip": zipped(FILES, method=zipfile.ZIP_LZMA), "tar": tarred(FILES)}
    good |= {f"tar.{ending}": pack(tarred(FILES)) for ending, pack in PACKERS.items()}
    return {
        f"damaged-{i}.{ending}": content
        for seed, (ending, whole) in enumerate(good.items())
        for i, content in enumerate(damaged(whole, each, seed))
    }


WRONG = hostile() | bombs()
ODD = mutations(20)
