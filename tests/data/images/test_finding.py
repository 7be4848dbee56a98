"""Links are followed, and what is passed over is counted."""

import os
from pathlib import Path

import pytest
from PIL import Image

from i2i_zoo.data.images.finding import find, search, walk
from i2i_zoo.errors import UserError


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
    assert find(tmp_path).notes == [f"{tmp_path}: passed over 2 (ending .heic), 1 (folder @eaDir), 1 (no ending)"]


def test_nothing_is_said_where_nothing_was_passed_over(tmp_path):
    (tmp_path / "a.png").touch()
    assert find(tmp_path).look().notes == []


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
    assert "1 (folder without permission)" in find(tmp_path).notes[0]


def test_a_folder_of_other_files_only_says_which(tmp_path):
    (tmp_path / "a.heic").touch()
    with pytest.raises(UserError, match=r"holds no images \(passed over 1 \(ending \.heic\)\); known endings: \.png"):
        find(tmp_path)


def test_stacks_are_counted_with_the_first_page_taken(tmp_path):
    frames = [Image.new("L", (8, 8), 50 * n) for n in range(4)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:2])
    frames[0].save(tmp_path / "c.png")
    found = find(tmp_path)
    assert found.notes == [], "nobody has looked yet"
    assert found.look().notes == [f"{tmp_path}: 2 of 3 images: 2 to 4 pages, the first is taken"]
    [one] = search([tmp_path / "a.tif"])
    assert one.look().notes == [f"{tmp_path / 'a.tif'}: 4 pages, the first is taken"]


def test_a_folder_is_searched_once(tmp_path, monkeypatch):
    (tmp_path / "a.png").touch()
    found = search([tmp_path])
    monkeypatch.setattr(os, "scandir", None)
    assert search(found) == found
