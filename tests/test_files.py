import os
import stat

import pytest

from i2i_zoo.files import draft_file, draft_folder, link


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "x.json"
    with draft_file(path) as draft:
        draft.write_text("first")
        assert not path.exists() and draft.suffix == ".json"
    with pytest.raises(RuntimeError), draft_file(path) as draft:
        draft.write_text("half")
        raise RuntimeError
    assert path.read_text() == "first" and os.listdir(path.parent) == ["x.json"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_folder_appears_whole_or_not_at_all_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "000000001"
    for text in ("first", "second"):
        with draft_folder(path) as draft:
            (draft / "x").write_text(text)
    with pytest.raises(RuntimeError), draft_folder(path) as draft:
        (draft / "x").write_text("half")
        raise RuntimeError
    assert (path / "x").read_text() == "second" and os.listdir(tmp_path) == ["000000001"]


def test_a_link_is_replaced_at_once_and_relative(tmp_path):
    for target in ("1", "2"):
        link(tmp_path / "last", target)
        assert os.readlink(tmp_path / "last") == target
    assert os.listdir(tmp_path) == ["last"]
