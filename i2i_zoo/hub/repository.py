"""Files of a repository on the Hub, fetched once into the cache that programs of Hugging Face share.

`huggingface_hub` does the work: tokens, cache, transfer. What is added is distrust. A server, or the owner of a
repository, may say anything: names and tags that lead out of the cache, files without end, other bytes than announced.
Each ends in one sentence.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import NamedTuple

from .. import __version__
from ..errors import FileError, Notice, one_line, printable
from .address import Address, is_inside
from .distrust import SERVER, guarded, in_one_sentence, limited_bar, without_body

MOST_LISTING = 8 * 2**20  # bytes of a list of files; 30,000 names take 2 MB
US = {"library_name": "i2i_zoo", "library_version": __version__}


class Snapshot(NamedTuple):
    """A repository as it is at one moment: the names of its files, with slashes."""

    address: Address
    files: tuple[str, ...]
    folder: Path | None = None  # of the cache, where the Hub cannot be reached

    def fetch(self, file: str) -> Path:
        """The path of one of `files` in the cache; raises `FileError`."""
        where = self.address._replace(path=file)
        if self.folder:
            return _checked(self.folder / file, where)
        from huggingface_hub import hf_hub_download

        with in_one_sentence(where), guarded(where):
            options = {"revision": where.revision, "tqdm_class": limited_bar(where)}
            path = Path(hf_hub_download(where.repo, file, **options, **US))
        return _checked(path, where)


def look(address: Address) -> Snapshot:
    """What is in the repository; where the Hub cannot be reached, what the cache holds of it. Raises `FileError`."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        return Snapshot(address, _listing(address))
    except FileError:
        raise
    except OfflineModeIsEnabled:
        return _cached(address, "HF_HUB_OFFLINE is set")
    except HfHubHTTPError as error:
        if error.response.status_code < 500:
            with in_one_sentence(address):
                raise
        snapshot = _cached(address, reason := f"the Hub answers {error.response.status_code}")
    except Exception as error:  # of httpx, which has another name in each huggingface_hub
        snapshot = _cached(address, reason := f"the Hub cannot be reached ({one_line(error)})")
    warnings.warn(Notice(f"{address}: {reason}; the copy in the cache is used"), stacklevel=2)
    return snapshot


def _listing(address: Address) -> tuple[str, ...]:
    """The names of all files, as the Hub lists them."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    url = f"{constants.ENDPOINT}/api/models/{address.repo}/revision/{(address.revision or 'main').replace('/', '%2F')}"
    options = {"params": {"expand": ["sha", "siblings"]}, "headers": build_hf_headers(**US)}
    with get_session().stream("GET", url, timeout=constants.HF_HUB_ETAG_TIMEOUT, **options) as response:
        hf_raise_for_status(without_body(response) if response.is_error else response)
        text = b""
        for chunk in response.iter_bytes():
            text += chunk
            if len(text) > MOST_LISTING:
                what = f"its list of files is longer than {MOST_LISTING} bytes"
                raise FileError(f"{address}: {what}; put the weights into a repository of their own")
    return _names(text, address)


def _names(text: bytes, address: Address) -> tuple[str, ...]:
    try:
        names = tuple(str(entry["rfilename"]) for entry in json.loads(text)["siblings"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {one_line(error)}"
        raise FileError(f"{address}: the answer is no list of files ({reason}); {SERVER}") from None
    for name in names:
        if not is_inside(name):
            raise FileError(
                f"{address}: lists a file called {printable(name)!r}, which would lie outside of its folder; {SERVER}"
            )
    return names


def _cached(address: Address, reason: str) -> Snapshot:
    """The newest copy of the repository in the cache; raises `FileError` with the `reason` to look there."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    place = Path(constants.HF_HUB_CACHE, repo_folder_name(repo_id=address.repo, repo_type="model"))
    revision = address.revision or "main"
    try:
        commit = (place / "refs" / revision).read_text(encoding="utf-8").strip()
    except OSError:
        commit = revision  # a commit has no other name there
    folder = place / "snapshots" / commit
    files = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    if not (is_inside(commit) and files):
        raise FileError(f"{address}: is not in the cache ({place}), and {reason}; fetch it once where it can be")
    return Snapshot(address, files, folder)


def _checked(path: Path, where: Address) -> Path:
    """`path`, whose content is that of its checksum: the cache names files so. Raises `FileError`, and removes it."""
    blob = path.resolve()
    if len(blob.name) not in (40, 64) or set(blob.name) - set("0123456789abcdef"):
        return path  # a copy, on systems without links
    with blob.open("rb") as file:
        kind, start = ("sha256", b"") if len(blob.name) == 64 else ("sha1", b"blob %d\0" % blob.stat().st_size)
        digest = hashlib.new(kind, start, usedforsecurity=False)
        while chunk := file.read(2**20):
            digest.update(chunk)
    if digest.hexdigest() != blob.name:
        path.unlink()
        blob.unlink(missing_ok=True)
        raise FileError(f"{where}: is damaged, its checksum is another; its copy is removed, so fetch it again")
    return path


def describe_files(snapshot: Snapshot, most: int = 8) -> str:
    """A few of its files by name, for a message."""
    names = [printable(name) for name in snapshot.files]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "nothing"
