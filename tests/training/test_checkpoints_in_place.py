"""A checkpoint gets its name when it is whole and on the disk, by renaming: it is never seen half-written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

import i2i_zoo
from i2i_zoo.files import draft_file, draft_folder
from i2i_zoo.training import TrainConfig, Trainer, checkpoint

SMALL = {"generator": {"name": "resnet", "width": 2, "blocks": 1}, "discriminator": {"name": "pixelgan", "width": 2}}


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes of what was made durable, in order."""
    inodes, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: inodes.append(os.fstat(handle).st_ino) or fsync(handle))
    return inodes


def inode(path: Path) -> int:
    return path.stat().st_ino


def test_a_file_is_renamed_and_durable_before(tmp_path, durable):
    path = tmp_path / "x.json"
    path.write_text("before")
    with draft_file(path) as draft:
        draft.write_text("after")
        written = inode(draft)
        assert path.read_text() == "before" and draft.parent == path.parent
    assert inode(path) == written and path.read_text() == "after" and written in durable


def test_a_folder_is_renamed_and_all_in_it_durable_before(tmp_path, durable):
    path = tmp_path / "000000001"
    for text in ("before", "after"):
        with draft_folder(path) as draft:
            (draft / "x").write_text(text)
            written = [inode(draft), inode(draft / "x")]
            assert draft.parent == path.parent and (not path.exists() or (path / "x").read_text() == "before")
        assert [inode(path), inode(path / "x")] == written and set(written) <= set(durable)
        assert durable[-1] == inode(tmp_path), "the new name too, at last"


def test_nothing_has_the_final_name_before_it_is_durable(tmp_path, monkeypatch):
    path, fsync, seen = tmp_path / "x.json", os.fsync, []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append(path.exists()) or fsync(handle))
    with draft_file(path) as draft:
        draft.write_text("whole")
    assert seen[0] is False


def test_a_checkpoint_is_the_folder_that_was_written(tmp_path, monkeypatch):
    trainer = Trainer(i2i_zoo.create("cyclegan", ("a", "b"), **SMALL), TrainConfig(ema=0.5))
    trainer.advance([{domain: torch.rand(1, 3, 16, 16) for domain in "ab"}])
    seal, drafts = checkpoint.seal, {}

    def note(folder: Path) -> None:
        seal(folder)
        drafts.update({path.name: inode(path) for path in folder.iterdir()})
        assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [folder.name], "nothing but the draft"

    monkeypatch.setattr(checkpoint, "seal", note)
    checkpoint.save(trainer, tmp_path, {})
    folder = tmp_path / "checkpoints" / "000000001"
    assert {path.name: inode(path) for path in folder.iterdir()} == drafts and len(drafts) > 6
    assert sorted(path.name for path in folder.parent.iterdir()) == ["000000001", "last"]
