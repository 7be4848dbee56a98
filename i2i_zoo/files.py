"""Whole files: write a draft beside the final name, make it durable, rename it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_file(path: Path) -> Iterator[Path]:
    """A temporary path in the folder of `path`, which it replaces when the `with` ends well; removed otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".draft-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        os.chmod(draft, 0o666 & ~_umask())  # mkstemp makes files for the owner only.
        _sync(draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """A new folder beside `path`, which it replaces when the `with` ends well; removed otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=path.parent))
    try:
        yield draft
        os.chmod(draft, 0o777 & ~_umask())
        for file in (*draft.iterdir(), draft):
            _sync(file)
        if path.exists():
            path.rename(draft.with_name(draft.name + "-old"))
        draft.rename(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(draft.with_name(draft.name + "-old"), ignore_errors=True)


def link(path: Path, target: str) -> None:
    """Point the relative symbolic link `path` at `target`, atomically."""
    draft = path.with_name(f".draft-{path.name}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    os.replace(draft, path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
