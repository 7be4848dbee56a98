"""Links are followed, and what is passed over is counted."""

import os
from pathlib import Path

from i2i_zoo.data.finding import passed_over, walk


def test_links_are_followed_but_not_in_a_circle(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir(), outside.mkdir()
    (outside / "b.png").touch()
    (inside / "linked").symlink_to(outside)
    (inside / "again").symlink_to(inside)
    found, passed = walk(inside)
    assert found == [inside / "linked" / "b.png"] and passed == {"link in a circle": 1}


def test_other_endings_and_thumbnails_are_passed_over_and_counted(tmp_path):
    for name in ("a.png", "b.heic", "c.HEIC", "d", "@eaDir/a.png", ".hidden.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert walk(tmp_path)[0] == [tmp_path / "a.png"]
    assert passed_over(tmp_path) == f"{tmp_path}: passed over 2 (ending .heic), 1 (folder @eaDir), 1 (no ending)"


def test_nothing_is_said_where_nothing_was_passed_over(tmp_path):
    (tmp_path / "a.png").touch()
    assert passed_over(tmp_path) == ""


def test_a_folder_that_cannot_be_read_is_counted(tmp_path, monkeypatch):
    for name in ("a.png", "closed/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    scandir = os.scandir

    def refusing(folder):
        if Path(folder).name == "closed":
            raise PermissionError
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    assert walk(tmp_path)[0] == [tmp_path / "a.png"]
    assert "1 (folder without permission)" in passed_over(tmp_path)
