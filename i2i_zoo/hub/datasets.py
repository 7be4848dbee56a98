"""The published CycleGAN data sets by name: fetched whole or not at all, checked, unpacked safely."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from ..errors import UserError
from ..registry import did_you_mean
from .archive import unpack
from .download import NotFetched, Progress, discard, download

OFFICIAL = "http://efrosgans.eecs.berkeley.edu/cyclegan/datasets"
NAMES = (
    "ae_photos",
    "apple2orange",
    "summer2winter_yosemite",
    "horse2zebra",
    "monet2photo",
    "cezanne2photo",
    "ukiyoe2photo",
    "vangogh2photo",
    "maps",
    "facades",
    "iphone2dslr_flower",
)
_WAYS = "name a local archive, or an address with http:// or https://"
_ARCHIVE = re.compile(r"\.(zip|tar|tar\.gz|tgz)$", re.IGNORECASE)


def fetch(
    name: str, out: Path, source: str | None = None, sha256: str | None = None, progress: Progress | None = None
) -> Path:
    """Fetch and unpack a data set into `out / name`, and return that folder.

    `source` replaces the official address: the address of an archive, a mirror's address that `NAME.zip` is appended
    to, or a local zip or tar file; with it any name will do. `progress` is called with the bytes so far and in all
    (None if unknown). A download that was interrupted goes on with the next call. `.source.json` in the folder
    records the address, SHA-256, size and date. Raises `UserError` and leaves nothing under the final name.
    """
    _check(name, source, sha256)
    target = out / name
    if target.exists():
        raise UserError(f"{target} exists already; use it, or remove it to fetch it again")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if source is not None and "://" not in source:
            _install(Path(source).expanduser(), target, source, sha256)
        else:
            _install_from(_address(name, source), target, sha256, progress)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _check(name: str, source: str | None, sha256: str | None) -> None:
    if source is None and name == "cityscapes":
        raise UserError(
            "cityscapes may not be redistributed; register at https://www.cityscapes-dataset.com for leftImg8bit and "
            "gtFine, and pass the archive you make of them with --source"
        )
    if source is None and name not in NAMES:
        raise UserError(f"no published data set is called {name!r}; {did_you_mean(name, NAMES)}")
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise UserError(f"{name!r} cannot name a folder; use letters, digits, '_', '-' and '.'")
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise UserError(f"{sha256!r} is no SHA-256, which has 64 hexadecimal digits; copy it whole")


def _address(name: str, source: str | None) -> str:
    address = source or OFFICIAL
    if not address.startswith(("http://", "https://")):
        raise UserError(f"{address}: cannot be fetched; {_WAYS}")
    return address if _ARCHIVE.search(re.split("[?#]", address)[0]) else f"{address.rstrip('/')}/{name}.zip"


def _install_from(address: str, target: Path, sha256: str | None, progress: Progress | None) -> None:
    part = target.with_name(f".{target.name}.zip.part")
    try:
        download(address, part, progress or (lambda done, total: None))
    except NotFetched as error:
        raise UserError(
            f"{error}; try again, or pass --source with the address of a mirror or a local archive"
        ) from error
    try:
        _install(part, target, address, sha256)
    except UserError:  # The archive is bad; anything else leaves it for the next attempt.
        discard(part)
        raise
    discard(part)


def _install(archive: Path, target: Path, address: str, sha256: str | None) -> None:
    """Check and unpack the whole archive; one rename puts the folder in place."""
    if not archive.is_file():
        raise UserError(f"{archive} is not a file; {_WAYS}")
    draft = target.with_name(f".{target.name}.unpacking")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        facts = _facts(archive, address, sha256)
        unpack(archive, draft)
        inner = draft / target.name
        content = inner if inner.is_dir() and len(list(draft.iterdir())) == 1 else draft
        (content / ".source.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        content.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _facts(archive: Path, address: str, sha256: str | None) -> dict[str, str | int]:
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 and digest != sha256.lower():
        raise UserError(f"{address} has the SHA-256 {digest}, not {sha256}; get the archive or the checksum again")
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return {"address": address, "sha256": digest, "bytes": archive.stat().st_size, "date": date}
