"""Files are read ahead and written behind, but a large picture is alone in memory."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from i2i_zoo.data.images.metadata import NOTHING
from i2i_zoo.inference.pipeline import AHEAD, in_turn


def most_together(large):
    """Files that are read and not yet written, at most; all come back in their order."""
    lock, now, most = Lock(), set(), []

    def read_one(path):
        with lock:
            now.add(path)
            most.append(len(now))
        return path, NOTHING

    def write_one(path, target, metadata):
        with lock:
            now.remove(path)

    files = [(Path(f"{i}"), Path(f"{i}.out")) for i in range(20)]
    assert list(in_turn(files, read_one, lambda *content: content, write_one, large)) == [(a, "") for a, _ in files]
    assert not now
    return max(most)


def test_large_pictures_are_alone_in_memory():
    assert most_together(lambda path: True) == 1
    assert 2 <= most_together(lambda path: False) <= 2 * AHEAD + 1


def test_what_is_read_before_and_behind_a_large_picture():
    alone = {Path("7"), Path("8")}
    assert most_together(lambda path: path in alone) <= 2 * AHEAD + 1
